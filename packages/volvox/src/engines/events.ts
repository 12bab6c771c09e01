/** What may be listened to, by name, with what listeners are given. Listeners are awaited, in order of their registration. */
export class Events<Names extends string, Subject> {
  private readonly listeners = new Map<Names, ((subject: Subject) => void | Promise<void>)[]>()

  on(name: Names, listener: (subject: Subject) => void | Promise<void>): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener])
  }

  async fire(name: Names, subject: Subject): Promise<void> {
    for (const listener of this.listeners.get(name) ?? []) await listener(subject)
  }
}
