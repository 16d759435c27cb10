/** The time that ages on the screen are told from; moves once a second, and only while somebody looks. */
class Now {
  #ms = $state(Date.now());

  get ms(): number {
    return this.#ms;
  }

  /** Starts to move; the answer stops it. */
  run(): () => void {
    const timer = setInterval(() => {
      if (!document.hidden) this.#ms = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }
}

export const now = new Now();
