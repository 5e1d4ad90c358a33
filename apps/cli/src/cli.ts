// The entry of the executable. It has to be understood by a Node that is too old for the rest, so that one can be told what is
// missing: plain syntax, no static import but the manifest (which the build writes into this file), the rest behind import().
import manifest from '../package.json' with { type: 'json' }

const parts = process.versions.node.split('.')
const major = Number(parts[0])
const minor = Number(parts[1])
const argv = process.argv.slice(2)

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write('octavo: Node ' + process.versions.node + ' is too old; octavo needs Node 22.18 or newer\n')
  process.exit(1)
} else if (argv[0] === '--version' || argv[0] === '-V') {
  process.stdout.write('octavo ' + manifest.version + '\n')
} else {
  import('./main.ts').then(function (module) {
    return module.run(argv, manifest.version)
  })
}
