#!/usr/bin/env python3
"""Writes tests/data/sun.csv: sunrise and sunset after PyEphem (Debian: python3-ephem), a program that
is independent of ours (VSOP87). Run: /usr/bin/python3 tests/data/sun.py > tests/data/sun.csv
Columns: site, latitude, longitude, date of the site's mean solar day, rise and set as Unix seconds
(empty: none), and what the sky is where the sun does neither: light or dark."""
import datetime
import math

import ephem

SITES = [
    ("tengzhou", 35.08, 117.16),
    ("berlin", 52.52, 13.405),
    ("new_york", 40.71, -74.01),
    ("lord_howe", -31.55, 159.08),
    ("apia", -13.83, -171.77),
    ("north65", 65.0, 25.0),
    ("south65", -65.0, -60.0),
    ("tromso", 69.65, 18.96),
    ("equator", 0.0, 0.0),
]
EPOCH = datetime.datetime(1970, 1, 1)


def unix(t):
    return (ephem.Date(t).datetime() - EPOCH).total_seconds()


def site_of(latitude, longitude):
    o = ephem.Observer()
    o.lat, o.lon = str(latitude), str(longitude)
    o.pressure, o.horizon, o.elevation = 0, "-0:50", 0
    return o


def altitude(o, t):
    o.date = t
    return float(ephem.Sun(o).alt) - math.radians(-50 / 60)


HALLS = ("tengzhou", "berlin", "new_york", "lord_howe", "apia")  # two years, for whole schedules

for name, latitude, longitude in SITES:
    day = datetime.date(2025 if name in HALLS else 2026, 1, 1)
    while day.year <= 2026:
        o = site_of(latitude, longitude)
        noon = ephem.Date(datetime.datetime.combine(day, datetime.time(12))) - longitude / 360
        o.date = noon - 0.25
        highest = o.next_transit(ephem.Sun())
        o.date = highest
        before, after = o.previous_antitransit(ephem.Sun()), o.next_antitransit(ephem.Sun())

        def crossing(a, b):
            above = altitude(o, a) >= 0
            if above == (altitude(o, b) >= 0):
                return None
            while (b - a) * 86400 > 0.1:
                middle = (a + b) / 2
                a, b = (middle, b) if (altitude(o, middle) >= 0) == above else (a, middle)
            return b

        rises, sets = crossing(before, highest), crossing(highest, after)
        sky = "" if rises or sets else "light" if altitude(o, highest) >= 0 else "dark"
        print(name, latitude, longitude, day, f"{unix(rises):.0f}" if rises else "",
              f"{unix(sets):.0f}" if sets else "", sky, sep=",")
        day += datetime.timedelta(1)
