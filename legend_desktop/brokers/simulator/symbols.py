"""The stocks of the simulated market: thirty well-known ones, and made-up figures for any other plausible symbol.

A symbol that is one slip of the finger away from a well-known one is taken for that slip and refused.
"""

import difflib
import random
import re
from dataclasses import dataclass
from decimal import Decimal

from legend_desktop.brokers.base import UnknownSymbol
from legend_desktop.brokers.simulator.units import UNITS_PER_DOLLAR, price, size, to_units
from legend_desktop.domain.instruments import Instrument
from legend_desktop.domain.money import CENT

_PLAUSIBLE = re.compile(r"[A-Z]{1,5}([.\-/][A-Z]{1,2})?")
_ATR_PER_VOLATILITY = 1.25
"""A day's true range is about one and a quarter of its standard deviation."""


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """What the market maker needs to know of one stock; prices in units, ``depth`` in shares shown at the touch.

    ``activity`` weighs how often it ticks, ``volatility`` is the standard deviation of daily returns.
    """

    symbol: str
    name: str
    exchange: str
    open_price: int
    previous_close: int
    spread: int
    depth: int
    volatility: float
    average_volume: int
    activity: float
    shortable: bool = True

    @property
    def tick(self) -> int:
        """The price step in units: a cent from one dollar on, else a hundredth of a cent."""
        return 100 if self.open_price >= UNITS_PER_DOLLAR else 1

    def instrument(self, *, shortable: bool = True) -> Instrument:
        """The stock as the broker describes it."""
        atr = round(self.open_price * self.volatility * _ATR_PER_VOLATILITY / 100) * 100
        return Instrument(
            symbol=self.symbol,
            name=self.name,
            exchange=self.exchange,
            tick=CENT if self.tick == 100 else price(1),
            shortable=self.shortable and shortable,
            average_volume=size(self.average_volume),
            daily_volatility=Decimal(str(self.volatility)),
            atr=price(max(atr, self.tick)),
        )


# symbol|name|exchange|open|change since yesterday %|spread|shares at the touch|volatility %|millions a day|activity
_TABLE = """
AAPL|Apple Inc.|Nasdaq|175.50|1.09|0.02|600|1.3|55|12
AMD|Advanced Micro Devices|Nasdaq|162.91|-0.84|0.02|500|2.8|45|9
AMZN|Amazon.com Inc.|Nasdaq|228.46|0.42|0.02|500|1.7|42|9
AVGO|Broadcom Inc.|Nasdaq|342.12|1.37|0.08|200|2.4|24|6
BAC|Bank of America|NYSE|52.14|0.21|0.01|2500|1.4|36|5
COST|Costco Wholesale|Nasdaq|921.80|-0.26|0.38|100|1.3|2|3
CRM|Salesforce Inc.|NYSE|243.55|-0.63|0.06|200|1.8|7|3
CSCO|Cisco Systems|Nasdaq|77.48|0.52|0.01|1500|1.3|20|4
DIA|SPDR Dow Jones ETF|NYSE Arca|462.30|0.12|0.04|300|0.8|4|3
DIS|Walt Disney Co.|NYSE|105.12|-0.34|0.02|500|1.5|9|4
F|Ford Motor Co.|NYSE|13.08|0.77|0.01|9000|1.9|60|4
GME|GameStop Corp.|NYSE|21.44|-2.15|0.02|400|4.2|9|4
GOOGL|Alphabet Inc.|Nasdaq|201.35|-0.18|0.03|400|1.6|32|7
INTC|Intel Corp.|Nasdaq|34.96|-1.28|0.01|3000|2.6|70|5
IWM|iShares Russell 2000 ETF|NYSE Arca|231.08|0.31|0.01|700|1.2|30|8
JPM|JPMorgan Chase|NYSE|239.22|-0.39|0.04|200|1.3|9|5
KO|Coca-Cola Co.|NYSE|69.31|-0.14|0.01|1500|0.9|15|4
META|Meta Platforms|Nasdaq|606.80|-1.02|0.17|200|1.9|14|7
MSFT|Microsoft Corp.|Nasdaq|423.18|0.43|0.06|300|1.3|21|8
NFLX|Netflix Inc.|Nasdaq|911.40|0.66|0.42|100|1.9|4|5
NVDA|NVIDIA Corp.|Nasdaq|184.62|1.91|0.02|900|2.5|190|14
PFE|Pfizer Inc.|NYSE|25.06|0.40|0.01|6000|1.4|40|4
PLTR|Palantir Technologies|Nasdaq|158.73|-1.90|0.04|500|3.4|60|8
QQQ|Invesco QQQ ETF|Nasdaq|548.41|0.58|0.02|600|1.1|48|12
SPY|SPDR S&P 500 ETF|NYSE Arca|640.12|0.35|0.01|900|0.8|70|14
T|AT&T Inc.|NYSE|25.62|0.08|0.01|7000|1.2|35|4
TSLA|Tesla Inc.|Nasdaq|398.09|-1.44|0.14|300|3.2|85|12
UNH|UnitedHealth Group|NYSE|331.48|-0.97|0.15|100|2.0|9|4
WMT|Walmart Inc.|NYSE|101.88|0.19|0.02|700|1.1|17|4
XOM|Exxon Mobil|NYSE|116.42|-0.41|0.02|600|1.3|15|5
"""
_HARD_TO_BORROW = frozenset({"GME"})


def _row(line: str) -> SymbolSpec:
    symbol, name, exchange, opening, change, spread, depth, volatility, volume, activity = line.split("|")
    open_price = to_units(Decimal(opening))
    return SymbolSpec(
        symbol=symbol,
        name=name,
        exchange=exchange,
        open_price=open_price,
        previous_close=round(open_price / (1 + float(change) / 100) / 100) * 100,
        spread=to_units(Decimal(spread)),
        depth=int(depth),
        volatility=float(volatility) / 100,
        average_volume=int(volume) * 1_000_000,
        activity=float(activity),
        shortable=symbol not in _HARD_TO_BORROW,
    )


WELL_KNOWN: dict[str, SymbolSpec] = {
    spec.symbol: spec for spec in map(_row, (line for line in _TABLE.splitlines() if line))
}
"""The stocks quoted from the start, by symbol."""

_NEIGHBOURS = """
AAL AAP AAPB AAPD AAPG AAPU AAPW AAPX AAPY AGO AMN AMZA AMZD AMZP AMZU AMZY AMZZ AVGE AVGU AVGV AVGX AVO AZN BETA
CCO GOGL GOOG INTA INTR INTT INTU MESA MET METC METU METV MSFD MSFL MSFO MSFU MTA NFLP NFLU NFLY NFXL NVD NVDD NVDL
NVDQ NVDS NVDU NVDX NVDY PLTD PLTK PLTM PLTU PLTY PLTZ POST SCO TLSA TSLG TSLL TSLP TSLQ TSLR TSLS TSLT TSLX TSLY
TSLZ ZETA
"""
_REAL_NEIGHBOURS = frozenset(_NEIGHBOURS.split())
"""Stocks and funds that exist one letter beside a well-known symbol: no slips."""
_SHORTEST_WITH_SLIPS = 4
"""Almost every symbol of three letters is one letter away from another one."""


def canonical(symbol: str) -> str:
    """``symbol`` in upper case; raises ``UnknownSymbol`` with a near suggestion where it cannot be one."""
    wanted = symbol.strip().upper()
    if _PLAUSIBLE.fullmatch(wanted):
        return wanted
    letters = re.sub(r"[^A-Z]", "", wanted)
    near = difflib.get_close_matches(letters or wanted, WELL_KNOWN, n=1, cutoff=0.5)
    shown = symbol.strip() or "an empty symbol"
    raise UnknownSymbol(f"The simulator knows no stock called {shown}.", suggestion=near[0] if near else "")


def refuse_slip(symbol: str) -> None:
    """Raise ``UnknownSymbol`` where ``symbol`` is one slip away from a well-known one and is no stock that exists."""
    if symbol in WELL_KNOWN or symbol in _REAL_NEIGHBOURS:
        return
    meant = next((name for name in WELL_KNOWN if len(name) >= _SHORTEST_WITH_SLIPS and _is_slip(symbol, name)), "")
    if meant:
        raise UnknownSymbol(f"The simulator knows no stock called {symbol}.", suggestion=meant)


def _is_slip(typed: str, meant: str) -> bool:
    """True where one letter too many, too few or wrong, or two neighbours swapped, make ``typed`` out of ``meant``."""
    longer, shorter = sorted((typed, meant), key=len, reverse=True)
    if len(longer) == len(shorter) + 1:
        return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
    if len(longer) != len(shorter):
        return False
    wrong = [place for place in range(len(meant)) if typed[place] != meant[place]]
    if len(wrong) == 2:
        first, second = wrong
        return second == first + 1 and typed[first] == meant[second] and typed[second] == meant[first]
    return len(wrong) == 1


def spec_for(symbol: str) -> SymbolSpec:
    """The figures of ``symbol``: from the table, else made up from its letters, the same in each run.

    Raises ``UnknownSymbol`` for a malformed symbol.
    """
    wanted = canonical(symbol)
    known = WELL_KNOWN.get(wanted)
    return known if known is not None else _made_up(wanted)


def _made_up(symbol: str) -> SymbolSpec:
    rng = random.Random(f"stock {symbol}")
    open_price = round(5 * 60 ** rng.random() * 100) * 100
    volatility = round(0.012 + 0.03 * rng.random(), 4)
    spread_ticks = max(1, round(open_price / UNITS_PER_DOLLAR * rng.uniform(0.03, 0.12)))
    return SymbolSpec(
        symbol=symbol,
        name=f"{symbol} (made up)",
        exchange=rng.choice(("Nasdaq", "NYSE")),
        open_price=open_price,
        previous_close=round(open_price / (1 + volatility * rng.uniform(-1, 1)) / 100) * 100,
        spread=spread_ticks * 100,
        depth=100 * rng.randint(1, 8),
        volatility=volatility,
        average_volume=100_000 * rng.randint(2, 60),
        activity=3.0,
        shortable=rng.random() < 0.85,
    )
