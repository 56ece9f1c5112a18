"""history_request."""

from conftest import Launch
from front_end import history


def test_history_range_tail_and_search(launch: Launch) -> None:
    front_end = launch()
    inputs = [
        "const alpha = 1",
        "alpha + 1",
        "throw new Error('kept as well')",
        "alpha + 1",
        "const wrong: 1 = 2",
        "'*?'",
    ]
    for code in inputs:
        front_end.run(code)

    def ask(**parts: object) -> list[list[object]]:
        entries: list[list[object]] = front_end.ask("history_request", history(**parts))["history"]
        return entries

    assert [entry[1:] for entry in ask(hist_access_type="tail", n=10)] == [
        [n, code] for n, code in enumerate(inputs, 1)
    ]
    assert [entry[2] for entry in ask(hist_access_type="tail", n=2)] == inputs[-2:]
    session = ask(hist_access_type="tail", n=1)[0][0]
    assert [entry[2] for entry in ask(hist_access_type="range", session=session, start=2, stop=4)] == inputs[1:3]
    assert [entry[2] for entry in ask(hist_access_type="range", session=0, start=1, stop=3)] == inputs[:2]
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="alpha*")] == ["alpha + 1", "alpha + 1"]
    assert len(ask(hist_access_type="search", pattern="alpha*", unique=True)) == 1
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="*", n=2)] == inputs[-2:]
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="const ?????*")] == [inputs[0], inputs[4]]
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="*(*")] == [inputs[2]]
    assert ask(hist_access_type="search", pattern="[a-z]*") == [], "a bracket stands for itself"
    with_output = front_end.ask("history_request", {**history(hist_access_type="tail", n=1), "output": True})
    assert with_output["history"][0][2][0] == inputs[-1] and len(with_output["history"][0][2]) == 2
