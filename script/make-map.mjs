// Write the outlines of the states, as one small SVG sprite, to standard output.
// Run by script/make-map, which says where the geometry comes from.

import { createRequire } from "node:module";
import { merge, mesh } from "topojson-client";
import { filter, filterWeight, presimplify, simplify } from "topojson-simplify";

// GRID is in units of the 975 × 610 drawing, each about 5 km, in Alaska 14 km. Bends
// and islands of fewer square units than these are left out.
const GRID = 0.25;
const LEAST_BEND = 0.5;
const LEAST_ISLAND = 3;

const atlas = createRequire(import.meta.url)("us-atlas/states-albers-10m.json");
const states = onGrid(simplify(withoutSpecks(presimplify(atlas)), LEAST_BEND));
const land = merge(states, states.objects.states.geometries).coordinates.flat();
const borders = mesh(states, states.objects.states, (a, b) => a !== b).coordinates;

// The page sets the custom properties: they reach inside <use>, selectors do not.
process.stdout.write(`\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 975 610">\
<symbol id="states" viewBox="0 0 975 610">\
<path fill="var(--map-land, #ddd)" transform="scale(${GRID})" d="${closedPath(land)}"/>\
<path fill="none" stroke="var(--map-border, #fff)" stroke-width="1" \
stroke-linejoin="round" vector-effect="non-scaling-stroke" \
transform="scale(${GRID})" d="${openPath(borders)}"/>\
</symbol></svg>
`);

// The Aleutians run on past the left edge of the drawing, so those islands go too.
function withoutSpecks(topology) {
  const isLarge = filterWeight(topology, LEAST_ISLAND);
  const leftmost = (ring) => Math.min(...ring.map(([x]) => x));
  const isInside = filterWeight(topology, 0, leftmost);
  return filter(topology, (ring) => isLarge(ring) && isInside(ring));
}

// Rounding arcs, rather than shapes, keeps a border shared by the states on both sides.
function onGrid(topology) {
  const round = (point) => point.map((length) => Math.round(length / GRID));
  return { ...topology, arcs: topology.arcs.map((arc) => arc.map(round)) };
}

function closedPath(rings) {
  let pen = [0, 0];
  const draw = (ring) => {
    const steps = stepsBetween(ring);
    const path = relative([stepTo(ring[0], pen), ...steps.slice(0, -1)]) + "z";
    pen = ring[0];
    return path;
  };
  return rings.filter((ring) => stepsBetween(ring).length > 2).map(draw).join("");
}

function openPath(lines) {
  let pen = [0, 0];
  const draw = (line) => {
    const path = relative([stepTo(line[0], pen), ...stepsBetween(line)]);
    pen = line.at(-1);
    return path;
  };
  return lines.filter((line) => stepsBetween(line).length > 0).map(draw).join("");
}

// The steps from point to point, those in one direction joined into one.
function stepsBetween(points) {
  const steps = [];
  for (let i = 1; i < points.length; i++) {
    const [x, y] = stepTo(points[i], points[i - 1]);
    const [lastX, lastY] = steps.at(-1) ?? [0, 0];
    const isStraightOn = x * lastY === y * lastX && x * lastX + y * lastY > 0;
    if (isStraightOn) steps.splice(-1, 1, [x + lastX, y + lastY]);
    else if (x || y) steps.push([x, y]);
  }
  return steps;
}

function stepTo([x, y], [fromX, fromY]) {
  return [x - fromX, y - fromY];
}

function relative(steps) {
  return "m" + steps.flat().join(" ").replaceAll(" -", "-");
}
