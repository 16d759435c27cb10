/** The shapes of interfaces.md ("Console") as the console's pages use them. */

export const URGENCIES = ['critical', 'high', 'medium', 'low', 'none'] as const;
export type Urgency = (typeof URGENCIES)[number];

export const STATES = ['open', 'acknowledged', 'resolved', 'dismissed'] as const;
export type AlertState = (typeof STATES)[number];

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
] as const;
export type Category = (typeof CATEGORIES)[number];

export type Role = 'viewer' | 'operator' | 'supervisor' | 'administrator';

export interface User {
  username: string;
  role: Role;
}

export interface Session {
  user: User;
  csrf_token: string;
}

export interface TextMark {
  start: number;
  end: number;
  text: string;
  kind: string;
  points: number;
}

export interface Rule {
  code: string;
  text: string;
  points: number;
}

export interface Explanation {
  base: number;
  phrases: TextMark[];
  modifiers: TextMark[];
  rules: Rule[];
  points_sum: number;
}

export interface Evidence {
  kind: 'report' | 'reading';
  report_id?: string | null;
  sensor_id?: string | null;
  at: string;
  text?: string | null;
  quantity?: string | null;
  value?: number | null;
  unit?: string | null;
  lat?: number | null;
  lon?: number | null;
  urgency: Urgency;
  explanation?: Explanation | null;
}

export interface Reason {
  code: string;
  text: string;
  at: string;
}

export interface Alert {
  alert_id: string;
  version: number;
  state: AlertState;
  category: Category;
  also: Category[];
  urgency: Urgency;
  score: number;
  title: string;
  place?: string | null;
  lat?: number | null;
  lon?: number | null;
  radius_m: number;
  opened_at: string;
  changed_at: string;
  acknowledged_by?: string | null;
  assigned_to?: string | null;
  report_count: number;
  reading_count: number;
  evidence: Evidence[];
  evidence_total: number;
  reasons: Reason[];
  suggested_merges: { alert_id: string; reason: string; score: number }[];
  merged_into?: string | null;
  needs_review: boolean;
  public: boolean;
  public_text?: string | null;
  exercise: boolean;
}

export const CHANNELS = ['sms', 'email', 'app'] as const;
export type Channel = (typeof CHANNELS)[number];

export type DeliveryState =
  'requested' | 'claimed' | 'handed_over' | 'delivered' | 'failed' | 'expired' | 'unknown';

export interface Notification {
  notification_id: string;
  channel: Channel;
  recipient: string;
  provider?: string | null;
  step: number;
  state: DeliveryState;
  reason?: string | null;
  changed_at: string;
}

export type TimelineKind =
  | 'opened'
  | 'reports_joined'
  | 'readings_joined'
  | 'state_changed'
  | 'urgency_changed'
  | 'category_changed'
  | 'assigned'
  | 'published'
  | 'merged'
  | 'decision'
  | 'notification';

/** `before` and `after` are the values of what changed; `count` how many joined. */
export interface TimelineEntry {
  at: string;
  kind: TimelineKind;
  before?: string | null;
  after?: string | null;
  count?: number | null;
  actor?: string | null;
  decision?: string | null;
  state?: string | null;
  reason?: string | null;
  text?: string | null;
  channel?: Channel | null;
  recipient?: string | null;
}

export interface AlertDetail extends Alert {
  timeline: TimelineEntry[];
  notifications: Notification[];
}

export interface AlertPage {
  alerts: Alert[];
  next_cursor?: string | null;
  stream_position: number | string;
}

export const DECISIONS = ['acknowledge', 'resolve', 'dismiss', 'reopen', 'note', 'publish'] as const;
/** What the console can decide today; the log knows more kinds. */
export type DecisionKind = (typeof DECISIONS)[number];

export interface DecisionRequest {
  kind: DecisionKind;
  if_version: number;
  reason?: string;
  text?: string;
}

export interface DecisionOutcome {
  decision_id: string;
  kind: string;
  state: 'pending' | 'applied' | 'refused';
  reason?: string | null;
}

export type SensorState = 'ok' | 'warning' | 'alarm' | 'fault' | 'silent' | 'unregistered';

export interface Sensor {
  sensor_id: string;
  quantity: string;
  unit?: string | null;
  name: string;
  lat?: number | null;
  lon?: number | null;
  state: SensorState;
  value?: number | null;
  at?: string | null;
}

export type Position = readonly number[];

export interface Geometry {
  type: string;
  coordinates: unknown;
}

export interface District {
  id: string;
  name: string;
  boundary: Geometry;
  /** Drawn by eye. */
  coarse: boolean;
}

export interface City {
  id: string;
  name: string;
  names: Partial<Record<string, string>>;
  languages: string[];
  centre: { lat: number; lon: number };
  boundary: Geometry;
  districts: District[];
}
