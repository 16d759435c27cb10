/** The shapes of interfaces.md ("Console"): aliases of what the console says of itself, narrowed where its document is wider. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Urgency = Schemas['Urgency'];
export const URGENCIES = ['critical', 'high', 'medium', 'low', 'none'] as const satisfies readonly Urgency[];

export type AlertState = Schemas['AlertState'];
export const STATES = [
  'open',
  'acknowledged',
  'resolved',
  'dismissed',
] as const satisfies readonly AlertState[];

export type Category = Schemas['Category'];
export const CATEGORIES = [
  'fire',
  'gas',
  'flood',
  'weather',
  'medical',
  'crime',
  'traffic',
  'infrastructure',
  'utilities',
  'environment',
  'missing_person',
  'animal',
  'public_order',
  'hazmat_explosive',
  'other',
] as const satisfies readonly Category[];

export type Channel = Schemas['Channel'];
export const CHANNELS = ['sms', 'email', 'app'] as const satisfies readonly Channel[];

export type Role = Schemas['Role'];
export type User = Schemas['User'];
export type Session = Schemas['SessionAnswer'];

export type TextMark = Schemas['Mark'];
export type Explanation = Schemas['Explanation'];
export type Evidence = Omit<Schemas['EvidenceItem'], 'kind'> & { kind: 'report' | 'reading' };
export type Alert = Omit<Schemas['Alert'], 'evidence'> & { evidence: Evidence[] };
export type AlertPage = Omit<Schemas['AlertList'], 'alerts'> & { alerts: Alert[] };

export type DeliveryState = Schemas['NotificationState'];
export type Notification = Schemas['Notification'];
/** `before` and `after` are the values of what changed; `count` how many joined. */
export type TimelineEntry = Schemas['Entry'];
export type AlertDetail = Alert & { timeline: TimelineEntry[]; notifications: Notification[] };

export const DECISIONS = [
  'acknowledge',
  'resolve',
  'dismiss',
  'reopen',
  'note',
  'publish',
] as const satisfies readonly Schemas['DecisionKind'][];
/** What the console can decide today; the log knows more kinds. */
export type DecisionKind = (typeof DECISIONS)[number];

export interface DecisionRequest {
  kind: DecisionKind;
  if_version: number;
  reason?: string;
  text?: string;
}

export type DecisionOutcome = Schemas['DecisionAnswer'];

export type SensorState = Schemas['SensorState'];
export type Sensor = Schemas['SensorRow'];

/** GeoJSON, in the document any object. */
export interface Geometry {
  type: string;
  coordinates: unknown;
}
export type District = Omit<Schemas['DistrictMap'], 'boundary'> & { boundary: Geometry };
export type City = Omit<Schemas['CityMap'], 'boundary' | 'districts'> & {
  boundary: Geometry;
  districts: District[];
};
