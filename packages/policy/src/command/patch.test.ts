import { describe, expect, it } from 'vitest'
import { findPatch } from './patch.ts'

const PATCH = "*** Begin Patch\n*** Add File: a\n+it's $HOME `x`\n*** End Patch"
const inShell = (script: string): ReturnType<typeof findPatch> => findPatch(['bash', '-lc', script])

describe('a patch inside a command', () => {
  it.each<[string, string, string | null]>([
    ['a quoted tag', `apply_patch <<'EOF'\n${PATCH}\nEOF`, null],
    ['a trailing line break', `apply_patch <<'EOF'\n${PATCH}\nEOF\n`, null],
    ['a double quoted tag', `apply_patch <<"PATCH"\n${PATCH}\nPATCH\n`, null],
    ['an unquoted tag, taken literally', `apply_patch << EOF\n${PATCH}\nEOF`, null],
    ['any other tag', `apply_patch <<'END-OF-IT'\n${PATCH}\nEND-OF-IT`, null],
    ['the other spelling', `applypatch <<'EOF'\n${PATCH}\nEOF`, null],
    ['blank lines before the tag', `apply_patch <<'EOF'\n${PATCH}\n\n\nEOF`, null],
    ['a directory', `cd sub/dir && apply_patch <<'EOF'\n${PATCH}\nEOF`, 'sub/dir'],
    ['a directory in single quotes', `cd 'a b' && apply_patch <<'EOF'\n${PATCH}\nEOF`, 'a b'],
    ['a directory in double quotes', `cd "/a b" && apply_patch <<'EOF'\n${PATCH}\nEOF`, '/a b'],
    ['tabs that the tag strips', `apply_patch <<-EOF\n${PATCH.replaceAll(/^/gm, '\t')}\n\tEOF`, null],
  ])('is found with %s (F59)', (_case, script, cwd) => {
    expect(inShell(script)).toEqual({ raw: PATCH, cwd })
  })

  it.each([
    ['apply_patch', PATCH],
    ['applypatch', PATCH],
    ['/usr/local/bin/apply_patch', PATCH],
  ])('is found as argv %s (F59)', (...argv) => {
    expect(findPatch(argv)).toEqual({ raw: PATCH, cwd: null })
  })

  it.each([
    ['sh', '-c'],
    ['/bin/zsh', '-lc'],
    ['powershell', '-NoProfile', '-Command'],
    ['pwsh', '-Command'],
    ['cmd', '/c'],
  ])('is found in %s %s (F59)', (...shell) => {
    expect(findPatch([...shell, `apply_patch <<'EOF'\n${PATCH}\nEOF`])?.raw).toBe(PATCH)
  })

  it.each([
    ['something before', `ls; apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['something after', `apply_patch <<'EOF'\n${PATCH}\nEOF\nls`],
    ['something joined', `apply_patch <<'EOF' && ls\n${PATCH}\nEOF`],
    ['a pipe', `apply_patch <<'EOF' | cat\n${PATCH}\nEOF`],
    ['another redirection', `apply_patch <<'EOF' > out\n${PATCH}\nEOF`],
    ['an argument', `apply_patch x <<'EOF'\n${PATCH}\nEOF`],
    ['two directories', `cd a && cd b && apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['two words after cd', `cd a b && apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['an option of cd', `cd -P x && apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['an expansion in the directory', `cd "$HOME" && apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['a home directory', `cd ~/x && apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['a semicolon', `cd a; apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['or', `cd a || apply_patch <<'EOF'\n${PATCH}\nEOF`],
    ['a subshell', `(apply_patch <<'EOF'\n${PATCH}\nEOF\n)`],
    ['no end', `apply_patch <<'EOF'\n${PATCH}`],
    ['unbalanced quotes of the tag', `apply_patch <<'EOF\n${PATCH}\nEOF`],
    ['another program', `cat <<'EOF'\n${PATCH}\nEOF`],
    ['no heredoc', `apply_patch '${PATCH}'`],
  ])('is left to the shell with %s (F60)', (_case, script) => {
    expect(inShell(script)).toBeNull()
  })

  it('more than one argument is not a patch', () => {
    expect(findPatch(['apply_patch', PATCH, 'x'])).toBeNull()
    expect(findPatch(['apply_patch'])).toBeNull()
    expect(findPatch([])).toBeNull()
  })
})
