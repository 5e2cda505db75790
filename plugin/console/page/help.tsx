import { keyMap, keyName } from './keys.ts';
import { Dialog } from './parts.tsx';

/** The keys, and what they do. */
export function Help({ close }: { readonly close: () => void }) {
  return (
    <Dialog title="Keys" close={close}>
      {(['Inbox', 'Everywhere'] as const).map((part) => (
        <section class="keys" key={part}>
          <h3>{part}</h3>
          <dl>
            {keyMap
              .filter(({ where }) => where === part)
              .map(({ keys, does }) => (
                <div key={does}>
                  <dt>{does}</dt>
                  <dd>
                    {keys.map((key) => (
                      <kbd key={key}>{key.split(' ').map(keyName).join(' then ')}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
      <p class="note">Single keys can be turned off in the settings.</p>
    </Dialog>
  );
}
