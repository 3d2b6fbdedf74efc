import pytest

from impact.geography import STATES, project

# As geoAlbersUsa of d3-geo 3.1.2 gives them, with scale 1300 and translate 487.5, 305.
KNOWN_POINTS = {
    "Anchorage": (61.2181, -149.9003, 112.277, 544.278),
    "Bangor": (44.8016, -68.7712, 929.628, 103.386),
    "Boston": (42.3601, -71.0589, 908.675, 167.085),
    "Honolulu": (21.3069, -157.8583, 266.960, 549.190),
    "Little Rock": (34.7465, -92.2896, 566.607, 394.241),
    "Miami": (25.7617, -80.1918, 822.738, 572.541),
    "Seattle": (47.6062, -122.3321, 97.625, 46.319),
    "Stockton": (37.9577, -121.2908, 55.249, 262.780),
}

OUTSIDE = {
    "London": (51.5074, -0.1278),
    "Mexico City": (19.43, -99.13),
    "San Juan": (18.4655, -66.1057),
    "the North Pole": (90, 0),
    "the South Pole": (-90, 0),
}


@pytest.mark.parametrize("city", KNOWN_POINTS)
def test_a_city_stands_where_the_outlines_expect_it(city):
    latitude, longitude, x, y = KNOWN_POINTS[city]

    assert project(latitude, longitude) == pytest.approx((x, y), abs=0.01)


@pytest.mark.parametrize("place", OUTSIDE)
def test_a_place_off_the_map_has_no_point(place):
    assert project(*OUTSIDE[place]) is None


def test_the_states_are_fifty_with_the_capital_and_puerto_rico():
    assert len(STATES) == 52
    assert len(set(STATES.values())) == 52
    assert STATES["DC"] == "District of Columbia"
    assert STATES["PR"] == "Puerto Rico"
