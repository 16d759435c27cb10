import type { Geometry } from '../api/model';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Projection {
  readonly width: number;
  readonly height: number;
  place(lon: number, lat: number): Point;
  /** SVG path data of a Polygon or MultiPolygon; empty for what is neither. */
  path(geometry: Geometry): string;
}

type Ring = readonly (readonly [number, number])[];

/** The rings of a GeoJSON Polygon or MultiPolygon, outlines and holes alike. */
export function ringsOf(geometry: Geometry): Ring[] {
  if (geometry.type === 'Polygon') return geometry.coordinates as Ring[];
  if (geometry.type === 'MultiPolygon') return (geometry.coordinates as Ring[][]).flat();
  return [];
}

/**
 * Fits geometries into a box `width` units wide with a margin around.
 *
 * Equirectangular about their middle: over a city the error is below a line's width.
 */
export function project(
  geometries: readonly Geometry[],
  width: number,
  margin: number,
): Projection | undefined {
  const positions = geometries.flatMap(ringsOf).flat();
  if (positions.length === 0) return undefined;
  const lons = positions.map(([lon]) => lon);
  const lats = positions.map(([, lat]) => lat);
  const [west, east, south, north] = [
    Math.min(...lons),
    Math.max(...lons),
    Math.min(...lats),
    Math.max(...lats),
  ];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (width - 2 * margin) / ((east - west) * squeeze || 1);
  const place = (lon: number, lat: number): Point => ({
    x: margin + (lon - west) * squeeze * scale,
    y: margin + (north - lat) * scale,
  });
  const path = (geometry: Geometry): string =>
    ringsOf(geometry)
      .map((ring) => `M${ring.map(([lon, lat]) => coordinates(place(lon, lat))).join('L')}Z`)
      .join('');
  return { width, height: 2 * margin + (north - south) * scale, place, path };
}

/** The middle of the box around a geometry, as [longitude, latitude]: where a name may stand. */
export function middle(geometry: Geometry): [number, number] | undefined {
  const positions = ringsOf(geometry).flat();
  if (positions.length === 0) return undefined;
  const [lons, lats] = [positions.map(([lon]) => lon), positions.map(([, lat]) => lat)];
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

function coordinates({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
