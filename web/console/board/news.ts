import type { Waiting } from '../alert/decisions.svelte';
import type { Board } from './board.svelte';

/** Waits for news of an alert on the stream, at most for the delay. */
export function newsOf(board: Board): Waiting {
  return {
    news: (alertId, delay_ms) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          stop();
          resolve();
        };
        const stop = board.watch((alert) => {
          if (alert.alert_id === alertId) done();
        });
        const timer = setTimeout(done, delay_ms);
      }),
  };
}
