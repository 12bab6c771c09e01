export { evaluate, evaluateProgram, type Evaluated } from './evaluate.ts'
export { interpreter } from './interpreter.ts'
