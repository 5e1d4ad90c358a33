// Runs the scripted server in a process of its own: `main.ts <script.json> [--port N] [--until-stdin-ends]`.
// Prints the base URL as the first line and serves until it is told to stop by a signal, or by the end of its input.
import { parseArgs } from 'node:util'
import { describeError } from '@octavo/base'
import { serveFromScript } from './serve.ts'

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '0' }, 'until-stdin-ends': { type: 'boolean', default: false } },
  })
  const [path] = positionals
  if (path === undefined) throw new Error('usage: main.ts <script.json> [--port N] [--until-stdin-ends]')
  const server = await serveFromScript(path, { port: Number(values.port) })
  const stop = (): void => void server.close()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (values['until-stdin-ends']) process.stdin.once('end', stop).once('close', stop).resume()
  process.stdout.write(`${server.url}\n`)
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`)
  process.exitCode = 1
}
