"""What wakes the chip: said on standard output."""

WAKEUP_ANY_HIGH = True


def wake_on_ext1(pins, level):
    print("wakes on", len(pins))
