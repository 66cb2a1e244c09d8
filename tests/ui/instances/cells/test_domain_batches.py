"""The batches that a label names, in as many columns as it has."""

from vmss_tui.ui.instances.cells.domain_batches import BatchProgress, DomainBatches


def test_batches_are_listed_as_long_as_there_is_room() -> None:
    batches = DomainBatches((1, 2), BatchProgress.COMPLETE)
    assert [batches.text(width) for width in (10, 9)] == ["batch 1, 2", "batch 1-2"]
    many = DomainBatches((3, 4, 5, 6, 7), BatchProgress.WAITING)
    assert [many.text(width) for width in (19, 10, 9, 1)] == [
        "batch 3, 4, 5, 6, 7", "batch 3-7", "batch 3-7", "3"
    ]  # fmt: skip
    apart = DomainBatches((3, 5, 17), BatchProgress.WAITING)
    texts = [apart.text(width) for width in (14, 13, 2, 0)]
    assert texts == ["batch 3, 5, 17", "3 batches", "3", ""]
