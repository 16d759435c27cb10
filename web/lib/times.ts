const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;
const day_ms = 24 * hour_ms;

/** An age as an operator says it: seconds, minutes, hours, days, each in the words of `locale`. */
export function age(from: string, now_ms: number, locale: string): string {
  const elapsed_ms = Math.max(0, now_ms - Date.parse(from));
  const [amount, unit] =
    elapsed_ms < minute_ms
      ? [Math.floor(elapsed_ms / 1000), 'second']
      : elapsed_ms < hour_ms
        ? [Math.floor(elapsed_ms / minute_ms), 'minute']
        : elapsed_ms < day_ms
          ? [Math.floor(elapsed_ms / hour_ms), 'hour']
          : [Math.floor(elapsed_ms / day_ms), 'day'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(amount);
}

/** The hour of a time, with its day when that is not today, in the reader's own zone. */
export function clock(at: string, now_ms: number, locale: string): string {
  const time = new Date(at);
  const today = new Date(now_ms).toDateString() === time.toDateString();
  return new Intl.DateTimeFormat(locale, {
    ...(today ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(time);
}
