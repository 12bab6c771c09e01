import { Command, Option } from 'commander'
import { registry } from 'volvox'
import { executorNamed, executorNames } from './executors.ts'
import { goldensUnder, sibling } from './folder.ts'
import { Report } from './report.ts'
import { runGolden } from './run.ts'

const program = new Command('goldens')
  .description('Run the recorded cases of MONAI under DIR that Volvox implements, and compare.')
  .argument('<dir>', 'a folder laid out as area/Name/case.safetensors')
  .option('--only <area/Name>', 'only cases whose path begins so, e.g. transforms/Flip', '')
  .addOption(
    new Option('--executor <name>', 'what computes losses and networks').choices(executorNames).default('interpreter'),
  )
  .parse()

const { only, executor } = program.opts<{ only: string; executor: string }>()
const world = { registry: registry(), executor: await executorNamed(executor), sibling }
const report = new Report()
for (const golden of goldensUnder(program.args[0], only)) report.add(golden, await runGolden(golden, world))
for (const line of report.lines()) console.log(line)
console.log(report.summary())
process.exitCode = report.total.failed > 0 ? 1 : 0
