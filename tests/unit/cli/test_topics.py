"""The difference between the topics that are asked for and those that exist."""

from cli.topics import Existing, difference
from shared.messages import Topic, topics

SLOT_BOOKED = Topic(name="slot-booked", retention_ms=1000)
REPLIES = Topic(name="gateway-replies", partitions=16, retention_ms=60_000, config={"segment.ms": "60000"})


def test_a_missing_topic_is_created_with_the_installations_partitions_and_its_retention() -> None:
    (new,) = difference([SLOT_BOOKED], {}, partitions=3, replication=1).create

    assert (new.name, new.num_partitions, new.replication_factor) == ("slot-booked", 3, 1)
    assert new.topic_configs == {"retention.ms": "1000"}


def test_a_topic_that_asks_for_its_own_partitions_gets_them() -> None:
    (new,) = difference([REPLIES], {}, partitions=3, replication=1).create

    assert new.num_partitions == 16
    assert new.topic_configs == {"retention.ms": "60000", "segment.ms": "60000"}


def test_a_topic_that_is_as_asked_is_left_alone() -> None:
    existing = {"slot-booked": Existing(3, {"retention.ms": "1000", "cleanup.policy": "delete"})}

    assert not difference([SLOT_BOOKED], existing, partitions=3, replication=1)


def test_a_changed_retention_is_altered() -> None:
    existing = {"slot-booked": Existing(3, {"retention.ms": "5"})}

    assert difference([SLOT_BOOKED], existing, partitions=3, replication=1).alter == {
        "slot-booked": {"retention.ms": "1000"}
    }


def test_a_changed_partition_count_is_a_conflict_and_never_carried_out() -> None:
    plan = difference([SLOT_BOOKED], {"slot-booked": Existing(12, {"retention.ms": "1000"})}, 3, 1)

    assert plan.conflicts == ("slot-booked has 12 partitions, not 3; they are never changed",)
    assert not plan.create
    assert not plan.alter


def test_a_topic_nobody_asks_for_is_not_ours_to_delete() -> None:
    assert not difference([], {"somebody-elses": Existing(1, {})}, partitions=3, replication=1)


def test_all_topics_of_the_language_have_one_partition_count_but_plumbing() -> None:
    created = difference(topics(), {}, partitions=3, replication=1).create

    assert {new.name for new in created if new.num_partitions != 3} == {
        "gateway-replies",
        "registration.dead-letter",
        "scheduling.dead-letter",
        "notifications.dead-letter",
        "checkin.dead-letter",
    }
