import { results } from './pipelines.ts'

Object.assign(globalThis, { volvoxResults: results })
