from m1tui.advice import Advice, Trouble


def test_advice_reads_as_its_parts_in_order_without_the_empty_ones() -> None:
    advice = Advice("It broke.", "Nothing was sent.", next_step="Try again.")
    assert advice.lines() == ("It broke.", "Nothing was sent.", "Try again.")
    assert str(advice) == "It broke.\nNothing was sent.\nTry again."


def test_trouble_reads_as_its_advice() -> None:
    advice = Advice("It broke.", "Nothing was sent.", "A loose plug.", "Push it in.")
    assert str(Trouble(advice)) == str(advice)
    assert Trouble(advice).advice is advice
