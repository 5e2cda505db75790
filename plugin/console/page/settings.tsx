import { startRegistration } from '@simplewebauthn/browser';
import { useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import { useConsole } from './context.tsx';
import { Icon } from './icons.tsx';
import { Person, Text, Time } from './parts.tsx';
import type { Prefs } from './prefs.ts';

/** Who one is, passkeys, and how the page looks on this machine. */
export function SettingsPage() {
  const { session, api, prefs, choose } = useConsole();
  const { viewer } = session;
  const leave = () => {
    api.logout().then(
      () => location.assign('/'),
      () => location.assign('/'),
    );
  };
  return (
    <div class="page narrow">
      <header class="page-head">
        <h1>Settings</h1>
      </header>
      <section class="card" aria-labelledby="account-title">
        <h2 class="card-head" id="account-title">
          You
        </h2>
        <div class="setting">
          <Person name={viewer.name} issuer={viewer.issuer} />
          <span class="grow" />
          <button type="button" class="button" onClick={leave}>
            <Icon name="leave" /> Sign out
          </button>
        </div>
        <dl class="headers">
          <div>
            <dt>id</dt>
            <dd>
              <Text of={viewer.id} />
            </dd>
          </div>
          <div>
            <dt>groups</dt>
            <dd>
              <Text of={viewer.groups.join(', ') || 'none'} />
            </dd>
          </div>
          <div>
            <dt>roles</dt>
            <dd>{session.roles.join(', ') || 'none'}</dd>
          </div>
          {session.expires !== null && (
            <div>
              <dt>signed in until</dt>
              <dd>
                <Time at={session.expires} />
              </dd>
            </div>
          )}
        </dl>
      </section>
      <Passkeys />
      <section class="card" aria-labelledby="look-title">
        <h2 class="card-head" id="look-title">
          This browser
        </h2>
        <Choice
          name="theme"
          label="Colours"
          value={prefs.theme}
          choose={choose}
          options={[
            ['system', 'As the system'],
            ['light', 'Light'],
            ['dark', 'Dark'],
          ]}
        />
        <Choice
          name="zone"
          label="Times"
          value={prefs.zone}
          choose={choose}
          options={[
            ['local', `Local (${Intl.DateTimeFormat().resolvedOptions().timeZone || 'this machine'})`],
            ['UTC', 'UTC'],
          ]}
        />
        <Switch
          label="Single keys"
          hint="j, k, a, r and the others that the help sheet lists"
          on={prefs.shortcuts}
          turn={(shortcuts) => choose({ shortcuts })}
        />
        <Switch
          label="Notifications"
          hint="When a request comes while this page is in the background. They name the rule, never the text."
          on={prefs.notify}
          turn={async (notify) => {
            if (notify && 'Notification' in window && (await Notification.requestPermission()) !== 'granted') return;
            choose({ notify });
          }}
        />
      </section>
      <p class="note">Countersign {session.version}</p>
    </div>
  );
}

function Choice<Name extends 'theme' | 'zone'>({
  name,
  label,
  value,
  options,
  choose,
}: {
  readonly name: Name;
  readonly label: string;
  readonly value: Prefs[Name];
  readonly options: readonly (readonly [Prefs[Name], string])[];
  readonly choose: (some: Partial<Prefs>) => void;
}) {
  return (
    <fieldset class="setting">
      <legend>{label}</legend>
      <div class="segments">
        {options.map(([option, text]) => (
          <button
            key={option}
            type="button"
            aria-pressed={value === option}
            onClick={() => choose({ [name]: option } as Partial<Prefs>)}
          >
            {text}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function Switch({
  label,
  hint,
  on,
  turn,
}: {
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly turn: (on: boolean) => void;
}) {
  return (
    <label class="setting switch">
      <span class="setting-words">
        {label}
        <span class="note">{hint}</span>
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        aria-checked={on}
        onChange={({ currentTarget }) => turn(currentTarget.checked)}
      />
    </label>
  );
}

/** Keys with which approvals are signed by a device of one's own. */
function Passkeys() {
  const { session, api, say, reloadSession } = useConsole();
  const [name, setName] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const enrol = async () => {
    setBusy(true);
    setFault(null);
    try {
      const optionsJSON = await api.passkeyOptions();
      const answer = await startRegistration({ optionsJSON } as Parameters<typeof startRegistration>[0]);
      await api.addPasskey(name.trim() || 'Passkey', answer);
      say({ text: 'Enrolled. Your approvals are signed from now on.', tone: 'good' });
      setName('');
      reloadSession();
    } catch (error) {
      setFault(problemOf(error).detail);
    }
    setBusy(false);
  };
  return (
    <section class="card" aria-labelledby="passkeys-title">
      <h2 class="card-head" id="passkeys-title">
        Passkeys
      </h2>
      <p class="card-text">
        With a passkey each approval is signed on your own device, and anybody who has the log can check that. Some
        policies ask for it.
      </p>
      {session.passkeys.length > 0 && (
        <ul class="passkeys">
          {session.passkeys.map((passkey) => (
            <li key={passkey.id}>
              <Icon name="key" />
              <Text of={passkey.name} />
              <span class="grow" />
              <span class="note">
                since <Time at={passkey.created} short />
              </span>
            </li>
          ))}
        </ul>
      )}
      <form
        class="setting"
        onSubmit={(event) => {
          event.preventDefault();
          enrol();
        }}
      >
        <label class="field inline">
          <span>Name</span>
          <input
            type="text"
            maxLength={64}
            placeholder="This laptop"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={busy}>
          <Icon name="key" /> {busy ? 'One moment' : 'Enrol a passkey'}
        </button>
      </form>
      {fault !== null && (
        <p class="fault" role="alert">
          <Icon name="alert" /> {fault}
        </p>
      )}
    </section>
  );
}
