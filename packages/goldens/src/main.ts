import { Command } from 'commander'
import { registry } from 'volvox'
import { goldensUnder, sibling } from './folder.ts'
import { Report } from './report.ts'
import { runGolden } from './run.ts'

const program = new Command('goldens')
  .description('Run the recorded cases of MONAI under DIR that Volvox implements, and compare.')
  .argument('<dir>', 'a folder laid out as area/Name/case.safetensors')
  .option('--only <area/Name>', 'only cases whose path begins so, e.g. transforms/Flip', '')
  .parse()

const world = { registry: registry(), sibling }
const report = new Report()
for (const golden of goldensUnder(program.args[0], program.opts<{ only: string }>().only))
  report.add(golden, await runGolden(golden, world))
for (const line of report.lines()) console.log(line)
console.log(report.summary())
process.exitCode = report.total.failed > 0 ? 1 : 0
