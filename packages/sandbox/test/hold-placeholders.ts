import { AbsolutePath } from '@octavo/base'
import { createPlaceholders } from '../src/placeholders.ts'

// A process that holds placeholders until it is killed: `hold-placeholders.ts <journal> <path>…`.
const [journal = '', ...paths] = process.argv.slice(2)
createPlaceholders(AbsolutePath.from(journal)).acquire(paths.map((path) => AbsolutePath.from(path)))
console.log('held')
process.stdin.resume()
