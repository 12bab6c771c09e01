import { bool } from 'volvox/core'
import { command } from '../command.ts'

export const doctor = command({
  name: 'doctor',
  summary: 'Say what Volvox runs on here, and what would make it faster',
  args: {},
  options: { json: bool.opt('Print JSON.', false) },
  examples: [
    ['volvox doctor', 'Executors, versions and cores of this machine'],
    ['volvox doctor --json', 'The same, for scripts and bug reports'],
  ],
  async run({ json }, io) {
    const { diagnose, diagnosisLines } = await import('../diagnosis.ts')
    const diagnosis = await diagnose()
    for (const line of json ? [JSON.stringify(diagnosis)] : diagnosisLines(diagnosis)) io.print(line)
  },
})
