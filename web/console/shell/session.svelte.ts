import type { ConsoleApi } from '../api/client';
import type { Role, User } from '../api/model';
import { asProblem, type Problem } from '../api/problem';

const DECIDING: readonly Role[] = ['operator', 'supervisor', 'administrator'];

/** Who sits at this console. */
export class SessionState {
  status = $state<'resuming' | 'out' | 'in'>('resuming');
  user = $state<User>();
  /** The session ended by itself, not by the person's wish. */
  ended = $state(false);
  problem = $state<Problem>();

  constructor(private readonly api: ConsoleApi) {
    // Several requests may learn of it; only the first one finds somebody here.
    api.onSignedOut = () => {
      if (this.status === 'in') this.#leave(true);
    };
  }

  get mayDecide(): boolean {
    return this.user !== undefined && DECIDING.includes(this.user.role);
  }

  async resume(): Promise<void> {
    try {
      this.user = (await this.api.resume()).user;
      this.status = 'in';
    } catch (error) {
      const problem = asProblem(error);
      this.problem = problem.kind === 'signed_out' ? undefined : problem;
      this.#leave(false);
    }
  }

  async signIn(username: string, password: string): Promise<void> {
    try {
      this.user = (await this.api.signIn(username, password)).user;
      this.problem = undefined;
      this.ended = false;
      this.status = 'in';
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  async signOut(): Promise<void> {
    // Whatever the console answers, this screen no longer shows the city to whoever passes by.
    await this.api.signOut().catch(() => undefined);
    this.#leave(false);
  }

  #leave(ended: boolean): void {
    this.status = 'out';
    this.user = undefined;
    this.ended = ended;
  }
}
