import type { Tensor } from 'volvox/core'
import { RemoteSession, type RunOptions, type Tensors } from 'volvox/graph'
import { inSharedMemory } from './shared.ts'

/** A session in a thread, whose inputs lie in memory that both see. */
export class ThreadSession extends RemoteSession {
  /** Memory for the inputs of programs that are not asked for at the moment. */
  private readonly idle = new Map<string, Tensors>()

  override async run(program: string, inputs: Tensors, options?: RunOptions): Promise<Record<string, Tensor>> {
    const shared = inSharedMemory(inputs, this.idle.get(program))
    this.idle.delete(program) // until the answer comes, they are read
    const outputs = await super.run(program, shared, options)
    this.idle.set(program, shared)
    return outputs
  }
}
