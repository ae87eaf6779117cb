"""What a broker needs for a login, in the words of the dialog that asks for it."""

from dataclasses import dataclass

from legend_desktop.domain.enums import BrokerType


@dataclass(frozen=True, slots=True)
class LoginField:
    """One entry of the form: ``name`` is its key in the credentials, ``secret`` ones go to the key store.

    ``advanced`` ones stand in a fold; an empty optional one takes the broker's own value.
    """

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    optional: bool = False
    advanced: bool = False
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The label inside a sentence: ``secret key``, but ``API key id``."""
        return self.label if self.label[1:2].isupper() else self.label[:1].lower() + self.label[1:]


@dataclass(frozen=True, slots=True)
class LoginForm:
    """The form of one broker: ``where`` says in a sentence where the keys are found, ``links`` lead there."""

    broker: BrokerType
    name: str
    fields: tuple[LoginField, ...]
    where: str
    links: tuple[tuple[str, str], ...] = ()
    paper: bool = True
    live: bool = True
    login_life: str = ""
