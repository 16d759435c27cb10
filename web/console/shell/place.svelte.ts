import { read, write, type Filters, type Place } from './address';

/** Where this window is, kept in its address: the back button, a reload and a copied link all work. */
export class CurrentPlace {
  #place = $state.raw<Place>(read(location.search));

  get page(): Place['page'] {
    return this.#place.page;
  }

  get alertId(): string | undefined {
    return this.#place.alertId;
  }

  get filters(): Filters {
    return this.#place.filters;
  }

  /** The address of this place with some of it changed. */
  address(change: Partial<Place>): string {
    return write({ ...this.#place, ...change });
  }

  go(change: Partial<Place>): void {
    this.#place = { ...this.#place, ...change };
    history.pushState(null, '', write(this.#place));
  }

  /** Goes on without a step to come back to, as for every letter of a search. */
  adjust(change: Partial<Place>): void {
    this.#place = { ...this.#place, ...change };
    history.replaceState(null, '', write(this.#place));
  }

  /** Follows the browser's own steps back and forth; the answer stops it. */
  followBrowser(): () => void {
    const reread = (): void => {
      this.#place = read(location.search);
    };
    addEventListener('popstate', reread);
    return () => removeEventListener('popstate', reread);
  }
}

/** Lets the browser keep its own ways of opening a link (new tab, new window). */
export function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}
