"""What is compared once the platform has come to rest; each part answers with its differences."""

from tests.torture.checks.access import check_access
from tests.torture.checks.access_log import check_access_log
from tests.torture.checks.log import check_log
from tests.torture.checks.mails import check_mails
from tests.torture.checks.projections import check_projections
from tests.torture.checks.rest import come_to_rest
from tests.torture.checks.truths import check_truths
from tests.torture.shape import Shape
from tests.torture.stage import Stage
from tests.torture.story import Difference


async def all_checks(shape: Shape, stage: Stage, *, pairs: int, hurries: bool) -> list[Difference]:
    """Of a story that is over. The last to be looked at is the access log, which has the lines of looking as well."""
    found = await come_to_rest(shape, stage.cast.model, before=stage.before, hurries=hurries)
    logged = await shape.log()
    found += await check_projections(shape, stage.cast.model, before=stage.before)
    found += await check_truths(shape, stage.cast.model)
    found += await check_log(shape, stage.cast.model, logged)
    found += await check_mails(shape, stage.cast.model)
    found += await check_access(stage, pairs=pairs)
    return found + await check_access_log(shape, stage)


__all__ = ["all_checks"]
