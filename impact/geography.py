"""Where places fall on the map of the United States, static/img/us-states.svg."""

from math import cos, radians, sin, sqrt

# The two-letter postal codes: the 50 states, the District of Columbia and Puerto Rico.
STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "PR": "Puerto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}

# The drawing is 975 units wide and 610 high, a radius of the Earth 1300 units long.
SCALE = 1300
MIDDLE_X, MIDDLE_Y = 487.5, 305


def project(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return where a place lies in the drawing: units from its left and from its top.

    latitude and longitude are in degrees, negative in the south and west. Alaska, at
    0.35 of the scale, and Hawaii stand below the mainland. Each of the three has a
    rectangular frame: a place abroad but within one has a point, a place in none, such
    as Puerto Rico, has None.

    Source: geoAlbersUsa of d3-geo 3, with scale 1300 and translate 487.5, 305.
    """
    place = latitude, longitude

    # Here x and y are in radii of the Earth from the middle of the drawing.
    x, y = _albers(place, (29.5, 45.5), meridian=-96, origin=(38.7, -96.6))
    if abs(x) <= 0.455 and abs(y) <= 0.238:
        return MIDDLE_X + SCALE * x, MIDDLE_Y + SCALE * y

    x, y = _albers(place, (55, 65), meridian=-154, origin=(58.5, -156))
    x, y = 0.35 * x - 0.307, 0.35 * y + 0.201
    if -0.425 < x < -0.214 and 0.120 < y < 0.234:
        return MIDDLE_X + SCALE * x, MIDDLE_Y + SCALE * y

    x, y = _albers(place, (8, 18), meridian=-157, origin=(19.9, -160))
    x, y = x - 0.205, y + 0.212
    if -0.214 < x < -0.115 and 0.166 < y < 0.234:
        return MIDDLE_X + SCALE * x, MIDDLE_Y + SCALE * y

    return None


def _albers(place, parallels, meridian, origin):
    """Return how far place lies right of and below origin, in radii of the Earth."""
    south, north = (sin(radians(parallel)) for parallel in parallels)
    n = (south + north) / 2

    def on_cone(latitude, longitude):
        radius = sqrt(1 + south * north - 2 * n * sin(radians(latitude))) / n
        # The far Aleutians lie beyond the 180th meridian.
        degrees_east = (longitude - meridian + 180) % 360 - 180
        angle = n * radians(degrees_east)
        return radius * sin(angle), radius * cos(angle)

    x, y = on_cone(*place)
    origin_x, origin_y = on_cone(*origin)
    return x - origin_x, y - origin_y
