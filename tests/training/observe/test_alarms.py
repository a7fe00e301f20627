from repro.training.observe.alarms import SpikeAlarm


def test_a_planted_spike_rings_once():
    alarm = SpikeAlarm("loss")
    calm = [4.0 + 0.1 * (i % 3) for i in range(40)]
    assert [alarm.watch(value) for value in calm] == [None] * 40
    assert alarm.watch(9.0) == "loss 9 against 4.1 lately"
    assert alarm.watch(4.1) is None


def test_ripples_of_a_flat_curve_do_not_ring():
    """Many deviations above the mean, but nowhere near half as much again."""
    alarm = SpikeAlarm("loss")
    for _ in range(50):
        alarm.watch(2.0)
    assert alarm.watch(2.5) is None


def test_a_noisy_curve_does_not_ring():
    """Twice the mean, but within its deviations."""
    alarm = SpikeAlarm("gradient norm")
    for i in range(50):
        alarm.watch(float(i % 2))
    assert alarm.watch(1.5) is None


def test_the_first_values_never_ring():
    alarm = SpikeAlarm("loss")
    assert [alarm.watch(value) for value in (1.0,) * 9 + (1000.0,)] == [None] * 10


def test_only_the_window_counts():
    alarm = SpikeAlarm("loss", window=10)
    for value in (*(100.0,) * 20, *(1.0,) * 10):
        alarm.watch(value)
    assert alarm.watch(3.0) is not None


def test_the_past_can_be_taken_up_by_another():
    one, other = SpikeAlarm("loss", window=20), SpikeAlarm("loss", window=20)
    for i in range(30):
        one.watch(3.0 + 0.01 * i)
    other.past = one.past
    assert len(other.past) == 20
    assert other.watch(8.0) == one.watch(8.0) is not None
    assert other.past == one.past
