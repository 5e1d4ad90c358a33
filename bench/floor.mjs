// The least a Node program can do for the same work: post the given bodies one after the other and read the answers to their end,
// running one command for each call an answer holds. Imports nothing but what it needs.
//   node floor.mjs URL BODIES.json          posts every body
//   node floor.mjs                          prints a line and ends
const [url, bodiesFile] = process.argv.slice(2)
if (url === undefined) console.log('0.0.0')
else {
  const http = process.getBuiltinModule('node:http')
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const { spawn } = process.getBuiltinModule('node:child_process')
  const agent = new http.Agent({ keepAlive: true })
  let last = ''
  for (const body of JSON.parse(readFileSync(bodiesFile, 'utf8'))) {
    const calls = []
    for (const line of (await post(agent, body)).split('\n')) {
      if (!line.startsWith('data: ')) continue
      const event = JSON.parse(line.slice(6))
      if (event.type === 'response.output_text.delta') last = event.delta
      if (event.type === 'response.output_item.done' && event.item.type === 'function_call')
        calls.push(JSON.parse(event.item.arguments).cmd)
    }
    await Promise.all(calls.map((cmd) => new Promise((resolve) => spawn('/bin/bash', ['-c', cmd]).on('close', resolve))))
  }
  agent.destroy()
  console.log(last)

  function post(keptAlive, body) {
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${url}/responses`,
        { method: 'POST', agent: keptAlive, headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk) => (text += chunk))
          response.on('end', () => resolve(text))
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  }
}
