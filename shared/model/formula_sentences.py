"""The sentences of what is wrong with a formula, and of its operands, for `sentences`. Data."""

FORMULA_SENTENCES: dict[str, tuple[str, str]] = {
    "formula.operand": ("{metric} = {value}", "{metric} = {value}"),
    "formula.with": ("{because} ({operands})", "{because} ({operands})"),
    "formula.long": ("is too long: at most {max_length} characters are allowed", "{max_length}자 이하여야 합니다"),
    "formula.deep": ("nested deeper than {depth}", "{depth}단계보다 깊게 중첩할 수 없습니다"),
    "formula.steps": (
        "has more than {limit} operators and functions; split the rule",
        "연산자와 함수가 {limit}개보다 많습니다. 규칙을 나누세요",
    ),
    "formula.names": (
        "names more than {limit} metrics; split the rule",
        "지표가 {limit}개보다 많습니다. 규칙을 나누세요",
    ),
    "formula.name_length": (
        "the name of a metric has 1 to {max_length} characters",
        "지표 이름은 1~{max_length}자여야 합니다",
    ),
    "formula.no_metric": (
        "names no metric; without one there is nothing to watch",
        "지표가 없습니다. 지켜볼 지표를 하나 이상 쓰세요",
    ),
    "formula.ends": (
        "ends too early: a metric, a number or a closing bracket is missing",
        "식이 중간에 끝났습니다. 지표, 숫자 또는 닫는 괄호가 빠졌습니다",
    ),
    "formula.unexpected": (
        "{text} is not expected at character {place}; put names with other characters than letters, digits, _ . and : "
        "in quotes",
        "{place}번째 글자에 올 수 없습니다: {text} (문자, 숫자, _ . : 이외의 글자가 있는 이름은 따옴표로 묶으세요)",
    ),
    "formula.quote": (
        "the quote at character {place} is not closed",
        "{place}번째 글자의 따옴표가 닫히지 않았습니다",
    ),
    "formula.number": ("{number} is larger than any number can be", "수가 너무 큽니다: {number}"),
    "formula.function": (
        "there is no function {name}; choose one of {functions}",
        "{name} 함수가 없습니다. 다음 중에서 고르세요: {functions}",
    ),
    "formula.abs": ("abs takes exactly one value", "abs에는 값을 하나만 지정하세요"),
    "formula.two_comparisons": (
        "compares twice at character {place}; put one comparison in brackets, e.g. (a < b) * (b < c)",
        "{place}번째 글자에서 비교가 두 번 이어집니다. 비교를 괄호로 묶으세요. 예: (a < b) * (b < c)",
    ),
    "formula.or_metric": ("give either metric or formula", "metric과 formula 중 하나만 지정하세요"),
}
