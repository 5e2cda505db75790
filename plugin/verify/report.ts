/** What can be wrong with a log. Each is a sentence in `docs/auditors.md`; any of them makes `audit verify` exit 2. */
export type FindingCode =
  | 'file_missing'
  | 'file_foreign'
  | 'segment_damaged'
  | 'segment_order'
  | 'signature_invalid'
  | 'statement_malformed'
  | 'statement_batch'
  | 'statement_count'
  | 'statement_epoch'
  | 'statement_first_seq'
  | 'statement_origin'
  | 'statement_prev_batch'
  | 'statement_subject_name'
  | 'statement_digest'
  | 'entry_not_canonical'
  | 'entry_schema'
  | 'entry_origin'
  | 'entry_epoch'
  | 'entry_seq'
  | 'entry_time'
  | 'tile_missing'
  | 'tile_differs'
  | 'tile_beyond'
  | 'checkpoint_malformed'
  | 'checkpoint_signature'
  | 'checkpoint_origin'
  | 'checkpoint_ahead'
  | 'checkpoint_root'
  | 'remembered_malformed'
  | 'remembered_signature'
  | 'remembered_rollback'
  | 'remembered_fork'
  | 'bundle_malformed'
  | 'bundle_signatures'
  | 'proof_index'
  | 'proof_size'
  | 'proof_root'
  | 'proof_path'
  | 'proof_body'
  | 'proof_checkpoint'
  | 'disclosure_unproved'
  | 'anchor_malformed'
  | 'anchor_signature'
  | 'anchor_ahead'
  | 'anchor_root'
  | 'anchor_stamp'
  | 'anchor_time'
  | 'anchor_witness'
  | 'key_malformed'
  | 'signer_other'
  | 'writer_malformed'
  | 'writer_signature'
  | 'writer_inconsistent'
  | 'response_unknown_decision'
  | 'response_not_allowed'
  | 'response_repeated'
  | 'response_plan'
  | 'response_exchange'
  | 'hold_unapproved'
  | 'hold_self_approved'
  | 'hold_not_consumed'
  | 'hold_consumed_twice';

/** One thing that is wrong: what, where (a file with a record, batch or entry number), and in words. */
export interface Finding {
  readonly code: FindingCode;
  readonly where: string;
  readonly message: string;
}

/** How allows and their responses met, over all logs that were read together. */
export interface Exchanges {
  /** Allows whose response was to be observed (`release: full`). */
  readonly allows: number;
  readonly answered: number;
  /** Allows without a response entry: the caller or a process went away, or the response is in a log not given. */
  readonly open: number;
  /** `origin/seq` of the first of them, at most 20. */
  readonly openAt: readonly string[];
  /** Allows whose decision entry says that the response was not observed. */
  readonly unobserved: number;
  /** Responses that no decision of ours stands behind, as their entry says. */
  readonly unasked: number;
  /** Responses to decisions in logs that were not given. */
  readonly elsewhere: number;
  readonly holdsConsumed: number;
}

/** What the anchors of one log come to. */
export interface AnchorReport {
  /** Anchors in the folder, whoever made them. */
  readonly found: number;
  /** Whether the reader brought what they are judged by (`--tsa-root`, `--witness`). */
  readonly judged: boolean;
  /** Batches that all whom the reader named vouch for. */
  readonly covered: number;
  /** Time of the newest stamp under a root of the reader's; null without one. */
  readonly stamped: string | null;
  /** Number of the first entry that no anchor covers; null when there is none. */
  readonly from: number | null;
}

/** What was read of one log, and what is wrong with it. Sizes count batches (leaves). */
export interface Report {
  readonly folder: string;
  readonly origin: string;
  readonly entries: number;
  readonly batches: number;
  /** Leaves of the replayed tree: equals `batches`. */
  readonly size: number;
  /** Hex root of the replayed tree. */
  readonly root: string;
  /** Size and hex root of the published checkpoint; null when there is none that can be read. */
  readonly checkpoint: { readonly size: number; readonly root: string } | null;
  /** Batches behind the checkpoint: durable, not yet in a signed tree head. */
  readonly tail: number;
  /** `given`: signed by the key that the reader brought. `unknown`: by the key that lies beside the log. */
  readonly signer: 'given' | 'unknown';
  /** `sha256:` and hex SHA-256 of the SPKI that the batches verify under; empty without a usable key. */
  readonly key: string;
  /** Time of the first and last entry; empty for an empty log. */
  readonly from: string;
  readonly to: string;
  /** Batches that no anchor covers; null where nothing is anchored at all. */
  readonly unanchored: number | null;
  /** Null as `unanchored` is. */
  readonly anchors: AnchorReport | null;
  /** Bytes of a last record that was never whole: a crash, never acknowledged. */
  readonly torn: number;
  /** Files that belong to no log and prove nothing. */
  readonly foreign: readonly string[];
  readonly findings: readonly Finding[];
  /** Findings above the number that is kept (1,000). */
  readonly more: number;
}

/** Collects findings; keeps the first thousand, counts the rest, so that a ruined log can't exhaust memory. */
export interface Findings {
  add(code: FindingCode, where: string, message: string): void;
  readonly list: readonly Finding[];
  readonly more: number;
}

const kept = 1_000;

/** An empty collection. */
export function openFindings(): Findings {
  const list: Finding[] = [];
  let more = 0;
  return {
    add(code, where, message) {
      if (list.length < kept) list.push({ code, where, message });
      else more += 1;
    },
    list,
    get more() {
      return more;
    },
  };
}
