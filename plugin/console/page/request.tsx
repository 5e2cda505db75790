import { useMemo } from 'preact/hooks';
import type { Described, Shown } from './describe.ts';
import { Text } from './parts.tsx';
import { bytesOf, counted, sizeText } from './text.ts';

/** Lines of one block that the browser lays out when it comes into sight. */
const blockLines = 100;

/** Lines that have numbers; beyond them a text is shown in blocks without. */
const numberedLimit = 5_000;

/** A text as it is: whole, in the order of its bytes, each line with its number, hidden characters shown. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  const { blocks, numbered } = useMemo(() => {
    const lines = text.split('\n');
    const numbered = lines.length <= numberedLimit;
    const size = numbered ? blockLines : 5 * blockLines;
    const blocks = Array.from({ length: Math.ceil(lines.length / size) }, (_, at) => {
      const some = lines.slice(at * size, (at + 1) * size);
      return numbered ? some : [some.join('\n')];
    });
    return { blocks, numbered: numbered && lines.length > 1 };
  }, [text]);
  return (
    <section aria-label={label}>
      <pre class={numbered ? 'code numbered' : 'code'}>
        {blocks.map((lines, at) => (
          <code class="block" key={at}>
            {lines.map((line, n) => (
              <span class="line" key={n} data-n={numbered ? at * blockLines + n + 1 : undefined}>
                <Text of={line} />
                {'\n'}
              </span>
            ))}
          </code>
        ))}
      </pre>
    </section>
  );
}

/** What was understood, first; then what will run, byte by byte. */
export function RequestText({ described }: { readonly described: Described }) {
  const { commands, raw } = described;
  return (
    <>
      {commands.map((command, at) => (
        <Command key={at} command={command} at={at} of={commands.length} />
      ))}
      <section class="card" aria-labelledby="raw-title">
        <h3 class="card-head" id="raw-title">
          Request as it will run
          <span class="card-note">
            {raw.body === null
              ? 'no body'
              : `${sizeText(bytesOf(raw.body))} of body, ${counted(raw.body.split('\n').length, 'line')}`}
          </span>
        </h3>
        <div class="raw-line">
          <Text of={raw.line} />
        </div>
        {raw.headers.length > 0 && (
          <dl class="headers">
            {raw.headers.map(([name, value], at) => (
              <div key={at}>
                <dt>
                  <Text of={name} />
                </dt>
                <dd>
                  <Text of={value} />
                </dd>
              </div>
            ))}
          </dl>
        )}
        {raw.body !== null && <Code text={raw.body} label="Body" />}
        {raw.changes.length > 0 && (
          <dl class="headers changes">
            {raw.changes.map(([name, value]) => (
              <div key={name}>
                <dt>The policy {name}</dt>
                <dd>
                  <Text of={value} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </section>
    </>
  );
}

function Command({ command, at, of }: { readonly command: Shown; readonly at: number; readonly of: number }) {
  const { kind, title, tags, text, facts } = command;
  const id = `command-${at}`;
  return (
    <section class="card command" aria-labelledby={id}>
      <h3 class="card-head" id={id}>
        {kind}
        {of > 1 && (
          <span class="card-note">
            {at + 1} of {of}
          </span>
        )}
        <span class="tags">
          {tags.map((tag) => (
            <span class={`tag ${tag.alarm ? 'alarm' : ''}`} key={tag.text}>
              <Text of={tag.text} />
            </span>
          ))}
        </span>
      </h3>
      {text === null ? (
        <div class="raw-line">
          <Text of={title} />
        </div>
      ) : (
        <Code text={text} label={`${kind} command`} />
      )}
      {facts.length > 0 && (
        <dl class="headers facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Text of={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
