"""Pages in a real browser: what works without a script, and what one's own page does with the key."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from shared.messages.registration import CancellationSubmitted
from shared.messages.scheduling import HoldRequested, QuestionAsked, QuestionBacked, SlotRequested
from tests.browser.conftest import SLOT
from tests.component.gateway.conftest import GATHERING, REGISTRATION
from tests.component.gateway.doubles import FakeProducer, Owners

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
PHONE = {"width": 360, "height": 740}


def complaints(page: Page) -> list[str]:
    """Whatever the browser refused or failed to run; that somebody has no ticket is none of it."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "ticket.svg" not in message.location["url"]:
            found.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


async def test_somebody_registers_without_any_script(browser: Browser, site: str) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{site}/g/{GATHERING}")
    await page.get_by_role("link", name="Register").click()
    await page.get_by_label("Name").fill("Ilkka Nykänen")
    await page.get_by_label("E-mail address").fill("ilkka@example.org")
    await page.get_by_role("radio", name="Online").check()
    await page.get_by_label("I agree").check()
    await page.get_by_role("button", name="Send registration").click()
    await expect(page.get_by_role("heading", name="Your registration")).to_be_visible()
    await expect(page.get_by_text("Confirmed")).to_be_visible()
    link = await page.get_by_role("link", name="Open my page").get_attribute("href")
    assert link is not None
    assert re.fullmatch(r"/r/[a-z0-9]{32}#[\w-]+\.[\w-]+\.[\w-]+", link)
    await context.close()


async def test_an_invitation_s_code_is_filled_in_from_the_link(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    found = complaints(page)
    await page.goto(f"{site}/g/{GATHERING}/register#invitation=INV-42")
    await expect(page.get_by_label("Invitation code")).to_have_value("INV-42")
    assert "INV-42" not in page.url
    assert found == []


async def test_the_link_of_a_mail_opens_one_s_own_page_and_leaves_no_key_in_the_address(
    context: BrowserContext, site: str, key: str
) -> None:
    page = await context.new_page()
    found = complaints(page)
    await page.goto(f"{site}/r/{REGISTRATION}#{key}")
    await expect(page.get_by_role("heading", name="Main part")).to_be_visible()
    await expect(page.get_by_text("Confirmed")).to_be_visible()
    await expect(page.get_by_role("link", name="Join the livestream")).to_have_attribute(
        "href", re.compile("^/v1/join/")
    )
    await expect(page.get_by_role("heading", name="Opening")).to_be_visible()
    await expect(page.get_by_role("heading", name="Meeting with Ada Expert")).to_be_visible()
    await expect(page.get_by_alt_text("QR code of your ticket")).to_be_visible()
    assert key not in page.url
    assert await page.evaluate("document.cookie") == ""
    assert found == []


async def without_script(browser: Browser, site: str, key: str) -> Page:
    """Somebody whose browser runs nothing: the link is pasted once."""
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{site}/r/{REGISTRATION}#{key}")
    await page.get_by_label("Your personal link").fill(f"{site}/r/{REGISTRATION}#{key}")
    await page.get_by_role("button", name="Open my page").click()
    await expect(page.get_by_role("heading", name="Main part")).to_be_visible()
    return page


async def test_a_meeting_is_booked_without_a_script_while_its_time_is_kept(
    browser: Browser, site: str, key: str, owners: Owners, producer: FakeProducer
) -> None:
    page = await without_script(browser, site, key)
    kept = {"id": "h", "slot_id": "ada-1", "desk": "ada", "status": "held", "expires_at": "2099-03-28T10:00:00.000Z"}
    diary = owners.answers["GET", f"/v1/registrations/{REGISTRATION}/diary"]
    assert isinstance(diary, tuple)
    owners.says("GET", f"/v1/registrations/{REGISTRATION}/diary", 200, diary[1] | {"held": [kept | SLOT]})
    producer.decide = lambda got: (201, {"id": got.subject, "slot_id": "ada-1", "status": "held"})
    await page.get_by_role("button", name="12:00").click()
    await expect(page.get_by_role("status")).to_contain_text("Kept for you until")
    await page.get_by_label("What would you like to talk about?").fill("Cluster policy")
    await page.get_by_role("button", name="Book").click()
    await expect(page.get_by_role("status")).to_contain_text("Your meeting is booked.")
    assert [type(one.message) for one in producer.log] == [HoldRequested, SlotRequested]
    await page.context.close()


async def test_who_comes_second_is_told_so_and_sees_what_is_left(
    browser: Browser, site: str, key: str, producer: FakeProducer
) -> None:
    page = await without_script(browser, site, key)
    producer.decide = lambda _: (409, {"type": "/problems/slot-taken", "detail": "Taken.", "status": 409})
    await page.get_by_role("button", name="12:00").click()
    await expect(page.get_by_role("alert")).to_have_text("Somebody was faster: choose another time.")
    await page.context.close()


async def test_cancelling_takes_two_steps_and_no_script(
    browser: Browser, site: str, key: str, producer: FakeProducer
) -> None:
    page = await without_script(browser, site, key)
    assert not await page.get_by_role("button", name="Yes, cancel").is_visible()
    await page.get_by_text("Cancel my registration").click()
    await page.get_by_role("button", name="Yes, cancel").click()
    await expect(page.get_by_role("status")).to_have_text("It was cancelled.")
    assert [type(one.message) for one in producer.log] == [CancellationSubmitted]
    await page.context.close()


async def test_a_question_is_asked_and_backed_with_the_keyboard_alone(
    browser: Browser, site: str, key: str, producer: FakeProducer
) -> None:
    page = await without_script(browser, site, key)
    await page.get_by_role("link", name="Questions to the speakers (Opening)").press("Enter")
    await page.get_by_role("button", name="I ask this too").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Your voice was counted.")
    await page.get_by_label("Your question").fill("And who decides?")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Your question is on the list.")
    assert [type(one.message) for one in producer.log] == [QuestionBacked, QuestionAsked]
    await page.context.close()


async def test_without_the_key_the_page_says_how_to_get_in(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.goto(f"{site}/r/{REGISTRATION}")
    await expect(page.get_by_text("It is in the link of every mail we sent you.")).to_be_visible()
    await page.get_by_label("Your personal link").fill("https://elsewhere.example/#x.y.z")
    await page.get_by_role("button", name="Open my page").click()
    await expect(page.get_by_role("alert")).to_contain_text("Copy the whole link from your mail.")


async def test_the_key_can_be_forgotten_on_this_device(browser: Browser, site: str, key: str) -> None:
    page = await without_script(browser, site, key)
    await page.get_by_role("button", name="Forget my key on this device").click()
    await expect(page.get_by_role("status")).to_have_text("This device has forgotten your key.")
    await page.goto(f"{site}/r/{REGISTRATION}")
    await expect(page.get_by_label("Your personal link")).to_be_visible()
    await page.context.close()


@pytest.mark.parametrize("width", [360, 1200])
async def test_no_page_has_a_fault_that_axe_finds(
    browser: Browser, site: str, key: str, desk_key: str, width: int, owners: Owners
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 800}, locale="en-GB", bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{site}/r/{REGISTRATION}#{key}")
    await expect(page.get_by_role("heading", name="Main part")).to_be_visible()
    offer = {"id": "h", "slot_id": "ada-1", "desk": "ada", "status": "offered", "expires_at": "2099-03-28T10:00:00Z"}
    diary = owners.answers["GET", f"/v1/registrations/{REGISTRATION}/diary"]
    assert isinstance(diary, tuple)
    owners.says("GET", f"/v1/registrations/{REGISTRATION}/diary", 200, diary[1] | {"held": [offer | SLOT]})
    own, desk = f"/r/{REGISTRATION}", f"/staff/g/{GATHERING}/desks/ada"
    await page.goto(f"{site}{desk}#{desk_key}")
    await expect(page.get_by_role("heading", name="Ada Expert")).to_be_visible()
    assert desk_key not in page.url
    for path in (
        "/",
        f"/g/{GATHERING}",
        f"/g/{GATHERING}/register",
        f"/g/{GATHERING}/link",
        own,
        f"{own}?said=slot-taken",
        f"{own}/slots/ada-1",
        f"{own}/bookings/{'b' * 32}",
        f"{own}/sessions/opening",
        "/r/unknown",
        "/staff",
        desk,
        f"{desk}/sheet",
        "/problems/slot-taken",
    ):
        await page.goto(site + path)
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_fit_a_phone_and_run_nothing_inline(browser: Browser, site: str, key: str, scheme: str) -> None:
    dark = scheme == "dark"
    context = await browser.new_context(viewport=PHONE, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    shows = {
        "/problems/invalid-json": "Invalid json",
        f"/g/{GATHERING}": "Spring forum",
        f"/g/{GATHERING}/register": "Register",
        f"/r/{REGISTRATION}#{key}": "Ada Expert",
        "/r/unknown": "My registration",
    }
    for path, heading in shows.items():
        page = await context.new_page()
        found = complaints(page)
        await page.goto(site + path)
        await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert found == [], path
        await page.close()
    await context.close()
