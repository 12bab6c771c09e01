export { evaluate, evaluateProgram, interpreter } from './interpreter.ts'
