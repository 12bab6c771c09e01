/** Lets messages, timers and signals have their turn; a timer of its own would take a millisecond. */
export function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const end = (): void => {
      port1.close()
      resolve()
    }
    port1.addEventListener('message', end)
    port1.start()
    port2.postMessage(null)
  })
}
