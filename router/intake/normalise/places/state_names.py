"""States and provinces as they are written beside their names in ISO 3166-2."""

from __future__ import annotations

STATE_ALIASES: dict[str, dict[str, str]] = {
    "US": {
        "AL": "Ala", "AZ": "Ariz", "AR": "Ark", "CA": "Cal, Calif", "CO": "Colo", "CT": "Conn",
        "DE": "Del", "DC": "Washington DC", "FL": "Fla", "IL": "Ill", "IN": "Ind",
        "KS": "Kan, Kans", "MA": "Mass", "MI": "Mich", "MN": "Minn", "MS": "Miss", "MT": "Mont",
        "NE": "Neb, Nebr", "NV": "Nev", "NH": "N Hampshire", "NJ": "N Jersey",
        "NM": "N Mexico, N Mex", "NY": "N York", "NC": "N Carolina, N Car",
        "ND": "N Dakota, N Dak", "OK": "Okla", "OR": "Ore, Oreg", "PA": "Penn, Penna",
        "RI": "R Island", "SC": "S Carolina, S Car", "SD": "S Dakota, S Dak", "TN": "Tenn",
        "TX": "Tex", "VT": "Verm", "VA": "Virg", "WA": "Wash, Washington State",
        "WV": "W Virginia, W Va, WVa", "WI": "Wis, Wisc", "WY": "Wyo",
        "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific", "AA": "Armed Forces Americas",
    },
    "CA": {
        "AB": "Alta", "BC": "Brit Col, Colombie Britannique", "MB": "Man",
        "NB": "Nouveau Brunswick", "NL": "Nfld, NF, Newfoundland, Labrador, Terre Neuve",
        "NS": "Nouvelle Ecosse", "NT": "NWT, N W Territories, Territoires du Nord Ouest",
        "ON": "Ont", "PE": "PEI, Ile du Prince Edouard", "QC": "PQ, Que, QU", "SK": "Sask",
        "YT": "YK, Yuk, Yukon Territory",
    },
    "AU": {"QLD": "Qld", "TAS": "Tas", "VIC": "Vic"},
    "DE": {
        "HE": "Hesse", "MV": "Mecklenburg Western Pomerania", "NI": "Lower Saxony",
        "NW": "NRW, North Rhine Westphalia", "RP": "Rhineland Palatinate, RLP",
        "SN": "Saxony", "ST": "Saxony Anhalt", "TH": "Thuringia", "BW": "BaWü",
    },
    "AT": {
        "2": "Carinthia", "3": "Lower Austria", "4": "Upper Austria", "6": "Styria", "7": "Tyrol",
        "9": "Vienna",
    },
    "ES": {"AN": "Andalusia", "CT": "Catalonia", "IB": "Balearic Islands", "PV": "Basque Country"},
    "GB": {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"},
    "IT": {"21": "Piedmont", "25": "Lombardy", "52": "Tuscany", "82": "Sicily", "88": "Sardinia"},
}  # fmt: skip
"""Usual abbreviations, old codes and English names: names by code, by country."""

STATE_FORMS = frozenset(
    """
    autonomous canton city commonwealth community county federal free governorate land prefecture
    province region republic state territory
    bundesland freie freistaat hansestadt kanton stadt und
    autonoma canton comunidad da de del della der des di do du estado la le provincia provincie
    regiao region regione wojewodztwo
    """.split()  # noqa: SIM905 - a long list of quoted words is harder to read and to extend
)
