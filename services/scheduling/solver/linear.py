"""Linear and integer programs for HiGHS: building, solving, proving; nothing here knows what the columns mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import highspy
import numpy as np
import numpy.typing as npt
from highspy.highs import HighsCallbackEvent

from services.scheduling.solver.watching import Cancelled, Watch

Numbers = npt.NDArray[np.float64]

INFINITY = float("inf")
WHOLE = 1e-6  # HiGHS's own tolerance for an integer
MOST_NODES = 20_000  # a limit in nodes, not seconds: the same question must have the same answer on any machine
WORTH_KEEPING = 3.0  # columns that cost this much more than the relaxation's price are left out of the first search


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution and what is known of it: no solution at all costs less than `bound`."""

    values: Numbers
    cost: float
    bound: float
    extra: Numbers  # what each column costs beyond the dual's price (reduced costs), of a relaxation only
    prices: Numbers  # of the rows (duals), of a relaxation only

    @property
    def is_whole(self) -> bool:
        return bool(np.all(np.abs(self.values - np.round(self.values)) <= WHOLE))


@dataclass(slots=True)
class Program:
    """Columns between 0 and their upper bound, rows between two bounds; the costs come with the question."""

    upper: list[float] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)

    def column(self, upper: float) -> int:
        self.upper.append(upper)
        return len(self.upper) - 1

    def row(self, low: float, high: float, terms: Iterable[tuple[int, float]]) -> int:
        for column, factor in terms:
            self.columns.append(column)
            self.factors.append(factor)
        self.lows.append(low)
        self.highs.append(high)
        self.starts.append(len(self.columns))
        return len(self.lows) - 1

    def relaxed(self, costs: Sequence[float], watch: Watch, phase: str, method: str = "choose") -> Solution | None:
        """The cheapest solution if columns need not be whole; None if there is none."""
        return self._solve(np.array(costs, dtype=float), np.array(self.upper, dtype=float), watch, phase, method)

    def whole(self, costs: Sequence[float], watch: Watch, phase: str) -> Solution | None:
        """The cheapest whole solution for whole costs.

        The relaxation often is whole already, which proves it. If not, its cheap columns are searched first: what
        these give often cannot be undercut with any dear column, or else tells which columns need no second look.
        """
        relaxed = self.relaxed(costs, watch, phase)
        if relaxed is None or relaxed.is_whole:
            return relaxed
        objective, upper, floor = np.array(costs, dtype=float), np.array(self.upper, dtype=float), _next(relaxed.cost)
        few = self._solve(objective, np.where(relaxed.extra > WORTH_KEEPING, 0.0, upper), watch, phase, None)
        if few is None:
            return self._solve(objective, upper, watch, phase, None)
        bound = max(floor, _next(min(relaxed.cost + WORTH_KEEPING, few.bound)))
        if few.cost <= bound + WHOLE:
            return replace(few, bound=few.cost)
        hopeless = relaxed.extra > few.cost - relaxed.cost  # with such a column nothing is cheaper than what was found
        found = self._solve(objective, np.where(hopeless, 0.0, upper), watch, phase, None) or few
        return replace(min(few, found, key=_cost), bound=max(floor, min(few.cost, _next(found.bound))))

    def _solve(self, costs: Numbers, upper: Numbers, watch: Watch, phase: str, method: str | None) -> Solution | None:
        """Solve for real columns by a method, or for whole ones if there is no method."""
        watch.at(phase, 0, 1)
        if not len(costs):
            return Solution(np.zeros(0), 0.0, 0.0, np.zeros(0), np.zeros(len(self.lows)))
        highs = _quiet(whole=method is None)
        if method is not None:
            highs.setOptionValue("solver", method)
            highs.setOptionValue("run_crossover", "off" if method in {"ipm", "pdlp"} else "on")
        _obey(highs, watch)
        highs.passModel(self._model(costs, upper, whole=method is None))
        highs.run()
        watch.at(phase, 1, 1)
        return self._answer(highs, whole=method is None)

    def _model(self, costs: Numbers, upper: Numbers, *, whole: bool) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(costs), len(self.lows)
        model.col_cost_, model.col_lower_, model.col_upper_ = costs, np.zeros(len(costs)), upper
        model.row_lower_, model.row_upper_ = np.array(self.lows, dtype=float), np.array(self.highs, dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(self.starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(self.columns, dtype=np.int32)
        model.a_matrix_.value_ = np.array(self.factors, dtype=float)
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * len(costs)
        return model

    def _answer(self, highs: highspy.Highs, *, whole: bool) -> Solution | None:
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInterrupt:
            raise Cancelled(status.name)
        info = highs.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        solution, cost = highs.getSolution(), float(info.objective_function_value)
        return Solution(
            values=np.array(solution.col_value),
            cost=cost,
            bound=float(info.mip_dual_bound) if whole else cost,
            extra=np.zeros(0) if whole else np.array(solution.col_dual),
            prices=np.zeros(0) if whole else np.array(solution.row_dual),
        )


def _cost(solution: Solution) -> float:
    return solution.cost


def _next(bound: float) -> float:
    """The least whole cost that a bound allows."""
    return float(np.ceil(bound - WHOLE))


def _quiet(*, whole: bool) -> highspy.Highs:
    """One thread and no clock: the same bytes every time."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 0)
    if whole:
        highs.setOptionValue("mip_rel_gap", 0.0)
        highs.setOptionValue("mip_abs_gap", 1 - 10 * WHOLE)  # costs are whole: nothing lies between
        highs.setOptionValue("mip_max_nodes", MOST_NODES)
    return highs


def _obey(highs: highspy.Highs, watch: Watch) -> None:
    """Have HiGHS ask, while it works, whether it is still wanted."""
    asked = watch.is_cancelled
    if asked is None:
        return

    def stop(happening: HighsCallbackEvent) -> None:
        if asked():
            happening.interrupt()

    highs.cbSimplexInterrupt += stop
    highs.cbIpmInterrupt += stop
    highs.cbMipInterrupt += stop
