// Day or night over the hall: the sun's elevation after the low-precision formulas of the
// Astronomical Almanac (better than a hundredth of a degree, far more than a drawing needs).
// @ts-check

/**
 * @param {Date} when @param {number} latitude degrees @param {number} longitude degrees
 * @returns {number} degrees above the horizon
 */
export function sunElevation(when, latitude, longitude) {
    const rad = Math.PI / 180;
    const days = when.getTime() / 86400000 - 10957.5;
    const mean = (280.46 + 0.9856474 * days) * rad;
    const anomaly = (357.528 + 0.9856003 * days) * rad;
    const ecliptic = mean + (1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * rad;
    const tilt = 23.439 * rad;
    const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic));
    const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
    const sidereal = (280.46062 + 360.98564737 * days + longitude) * rad;
    const hour = sidereal - ascension;
    return Math.asin(Math.sin(latitude * rad) * Math.sin(declination) +
        Math.cos(latitude * rad) * Math.cos(declination) * Math.cos(hour)) / rad;
}

/** @param {number} elevation @returns {"day" | "dusk" | "night"} */
export function skyOf(elevation) {
    if (elevation > 4) return "day";
    return elevation > -6 ? "dusk" : "night";
}
