import { CHANNELS, type Channel, type Notification } from '../api/model';

export interface ChannelOverview {
  readonly channel: Channel;
  readonly notifications: readonly Notification[];
  readonly delivered: number;
}

const LOST: readonly Notification['state'][] = ['failed', 'expired'];

/** What became of the notifications by each channel that was used, newest change first. */
export function byChannel(notifications: readonly Notification[]): ChannelOverview[] {
  return CHANNELS.map((channel) => {
    const ofIt = notifications
      .filter((notification) => notification.channel === channel)
      .sort((a, b) => a.step - b.step || b.changed_at.localeCompare(a.changed_at));
    return {
      channel,
      notifications: ofIt,
      delivered: ofIt.filter(({ state }) => state === 'delivered').length,
    };
  }).filter((overview) => overview.notifications.length > 0);
}

/** People whom no channel has reached and none still may: all their notifications have failed or expired. */
export function unreached(notifications: readonly Notification[]): string[] {
  const hopeful = new Set(
    notifications.filter(({ state }) => !LOST.includes(state)).map(({ recipient }) => recipient),
  );
  const lost = new Set(notifications.map(({ recipient }) => recipient));
  return [...lost].filter((recipient) => !hopeful.has(recipient));
}
