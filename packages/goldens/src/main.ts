import { existsSync } from 'node:fs'
import { Command, Option } from 'commander'
import { registry } from 'volvox'
import { executorFor, executorNames } from './executors.ts'
import { goldensUnder, sibling } from './folder.ts'
import { Report } from './report.ts'
import { runGolden } from './run.ts'

const program = new Command('goldens')
  .description('Run the recorded cases of MONAI under DIR that Volvox implements, and compare.')
  .argument('<dir>', 'a folder laid out as area/Name/case.safetensors')
  .option('--only <area/Name>', 'only one area, component or case, e.g. transforms/Flip', '')
  .addOption(
    new Option('--executor <name>', 'what computes losses and networks').choices(executorNames).default('auto'),
  )
  .parse()

const [folder] = program.args
const { only, executor } = program.opts<{ only: string; executor: string }>()
if (!existsSync(folder))
  program.error(`goldens: ${folder} does not exist; give a folder of recorded cases`, { exitCode: 2 })

const components = registry()
const report = new Report()
for (const golden of goldensUnder(folder, only)) {
  const world = { registry: components, executor: await executorFor(golden, executor), sibling }
  report.add(golden, await runGolden(golden, world))
}
for (const line of report.lines()) console.log(line)
console.log(report.summary())
process.exitCode = report.total.failed > 0 ? 1 : 0
