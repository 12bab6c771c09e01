import process from 'node:process'
import { terminal } from './io.ts'
import { runCommandLine } from './program.ts'

// Whoever reads what is printed may have read enough (`volvox info model.pt | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await runCommandLine(process.argv.slice(2), terminal())
