import process from 'node:process'
import { terminal } from './io.ts'
import { runCommandLine } from './program.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), terminal())
