"""An amount of money in the capital numerals of Chinese vouchers: yuan in, words that nobody can alter out.

As the rules for filling in bills and settlement vouchers ask (《支付结算办法》附一): 整 after 元 alone, 零
for what is empty between two places that are not.
"""

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
_FEN = Decimal("0.01")


def capitals(yuan: Decimal) -> str:
    """The amount, rounded half up to the fen: 1680.32 is 人民币壹仟陆佰捌拾元零叁角贰分."""
    fen_in_all = int(yuan.quantize(_FEN, rounding=ROUND_HALF_UP).scaleb(2))
    whole, rest = divmod(abs(fen_in_all), 100)
    jiao, fen = divmod(rest, 10)
    words = f"人民币{'负' if fen_in_all < 0 else ''}"
    if whole or not rest:
        words += f"{_whole(whole)}元"
    if not rest:
        return f"{words}整"
    if whole and (not jiao or whole % 10 == 0):
        words += "零"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    return f"{words}{_DIGITS[fen]}分" if fen else words


def _whole(number: int) -> str:
    for size, unit in _UNITS:
        if number >= size:
            high, low = divmod(number, size)
            empty = "零" if 0 < low < size // 10 else ""
            return f"{_whole(high)}{unit}{empty}{_whole(low) if low else ''}"
    return _DIGITS[number]
