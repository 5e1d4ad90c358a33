import { describe, expect, it } from 'vitest'
import { findDanger } from './dangerous.ts'
import { scanCommands } from './scan.ts'

const inShell = (script: string): string | null => findDanger(['bash', '-lc', script])

describe('commands worth a question', () => {
  it.each([
    'rm -rf build',
    'rm -f x',
    'rm x -f',
    'rm --force x',
    '/bin/rm -Rf x',
    "'rm' -f x",
    'rm -r"f" x',
    'ls && rm -rf /',
    'ls; rm -f x',
    'ls\nrm -f x',
    'ls | rm -f x',
    'ls & rm -f x',
    'sudo rm -f x',
    'sudo -u root -n rm -fr x',
    'sudo env A=1 -i rm -fr x',
    'env -i A=1 B=2 -- rm -f x',
    "env -S 'rm -f x'",
    'env -u A rm -f x',
    "bash -c 'rm -f x'",
    `bash -c "bash -c 'rm -f x'"`,
    "sh -lc 'rm -f x'",
    "sudo bash -xc 'rm -f x'",
    "trap 'rm -f x' EXIT",
    "trap -- 'rm -f x' EXIT",
    'if true; then rm -f x; fi',
    'for i in a b; do rm -f $i; done',
    'while :; do rm -f x; done',
    'case a in b) rm -f x;; esac',
    'f() { rm -f x; }; f',
    'function f { rm -f x; }',
    '{ rm -f x; }',
    '(rm -f x)',
    '! rm -f x',
    'time rm -f x',
    'echo $(rm -f x)',
    'echo `rm -f x`',
    'echo "a $(rm -f x) b"',
    'echo "`rm -f x`"',
    'echo ${x:-$(rm -f x)}',
    'diff <(rm -f x) y',
    'echo $(case a in b) rm -f x;; esac)',
    'echo $((1 + $(rm -f x)))',
    'FOO=1 rm -f x',
    'FOO=$(ls) rm -f x',
    'rm -f "$dir"',
    'rm $opts -f x',
    '>out rm -f x',
    'rm 2>/dev/null -f x',
    'rm -f x 2>&1',
    'rm -f a\\ b',
    'rm \\\n -f x',
    'cat <<EOF\n$(rm -f x)\nEOF',
    'cat <<EOF\nx\nEOF\nrm -f x',
    "cat <<'A' <<B\n1\nA\n2\nB\nrm -f x",
    'cat <<-EOF\n\tx\n\tEOF\nrm -f x',
    "echo # it's\nrm -f x",
    "echo $'a\\'b'; rm -f x",
  ])('%s', (script) => {
    expect(inShell(script)).toBe('forcedRemoval')
  })

  it.each([
    'rm x',
    'rm -r x',
    'rm -- -f',
    'rm x -- -f',
    'echo rm -f x',
    'echo "rm -f x"',
    "echo 'rm -f x'",
    '# rm -f x',
    'ls # rm -f x',
    "cat > s.sh <<'EOF'\nrm -f x\nEOF",
    'cat <<EOF\nrm -f x\nEOF',
    'git rm -f x',
    'find . -delete',
    'xargs rm -f',
    '/bin/r?m -f x',
    '\\rm -f x',
    '$RM -f x',
    'ls -f',
    'grep rm -f x',
    'trap - EXIT',
    'bash script.sh',
    'sudo ls',
    'env',
    'env A=1',
    'sudo',
    'rm',
    '',
    'bash -c',
    '> rm -f',
    'dd if=a of=b',
  ])('%s is not one', (script) => {
    expect(inShell(script)).toBeNull()
  })

  it('an argv is looked at as it stands', () => {
    expect(findDanger(['rm', '-rf', 'build'])).toBe('forcedRemoval')
    expect(findDanger(['echo', 'x; rm -f y'])).toBeNull()
    expect(findDanger([])).toBeNull()
  })

  it('shells within shells are followed, and beyond the limit the worst is assumed', () => {
    const nest = (depth: number, inner: string): string[] =>
      depth === 0 ? ['sh', '-c', inner] : ['bash', '-c', `bash -c ${JSON.stringify(nest(depth - 1, inner)[2])}`]
    expect(findDanger(nest(3, 'rm -f x'))).toBe('forcedRemoval')
    expect(findDanger(nest(3, 'ls'))).toBeNull()
    expect(findDanger(nest(12, 'rm -f x'))).not.toBeNull()
    expect(findDanger(nest(12, 'ls'))).toBe('tooComplex')
  })

  it('long and deep scripts are bounded in time and memory', () => {
    expect(inShell('ls;'.repeat(100_000))).toBeNull()
    expect(inShell(`${'x'.repeat(2_000_000)}; rm -f y`)).toBe('forcedRemoval')
    expect(inShell('('.repeat(10_000))).toBe('tooComplex')
    expect(inShell('$('.repeat(100_000))).toBe('tooComplex')
    expect(inShell('"'.repeat(1_000_000))).toBeNull()
    expect(inShell('x'.repeat(5_000_000))).toBe('tooComplex')
    expect(findDanger([...Array.from({ length: 100_000 }, () => 'sudo'), 'rm', '-f', 'x'])).toBe('forcedRemoval')
  })

  it('words that are only known when the script runs stand as null', () => {
    expect(scanCommands('a $b "c$d" e\\f $(g h) i')).toEqual([
      ['g', 'h'],
      ['a', null, null, null, null, 'i'],
    ])
  })
})
