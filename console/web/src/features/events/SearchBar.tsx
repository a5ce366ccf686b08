import { SearchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useRef, useState, type KeyboardEvent, type ReactElement, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';

import type { Fault } from '../../api/errors';
import { useFields } from '../../api/queries';
import { accept, complete, mark, nameAt, type Edit } from './query';
import { recentQueries } from './recent';

/** The same bound as the API's. */
const MAX_QUERY = 8192;

interface Props {
  asked: string;
  fault: Fault | null;
  onSearch: (query: string) => void;
}

interface Offer {
  key: string;
  label: string;
  hint: string;
  edit: Edit;
}

/** The Lucene bar: completion of names, recent queries, and the fault underlined where it is. */
export function SearchBar({ asked, fault, onSearch }: Props): ReactElement {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const box = useSearchBox(asked, onSearch, input, mirror);
  // The underline belongs to the text that was asked, not to what is being typed since.
  const wrong = fault !== null && box.text === asked;
  const marked = wrong && fault.start != null ? mark(asked, fault.start, fault.end ?? fault.start + 1) : null;
  return (
    <div className="search-bar">
      <div className="search-field">
        <div className="search-mirror" ref={mirror} aria-hidden="true">
          {marked && (
            <>
              {marked.before}
              <mark>{marked.marked}</mark>
              {marked.after}
            </>
          )}
        </div>
        <input
          ref={input}
          data-testid="search-input"
          data-slash
          role="combobox"
          aria-expanded={box.offers.length > 0}
          aria-controls="search-offers"
          aria-activedescendant={box.chosen >= 0 ? `offer-${box.chosen}` : undefined}
          aria-invalid={wrong}
          aria-label={t('events.query')}
          placeholder={t('events.placeholder')}
          maxLength={MAX_QUERY}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          {...box.handlers}
        />
        {box.offers.length > 0 && <Offers offers={box.offers} chosen={box.chosen} onTake={box.take} />}
      </div>
      <Button type="primary" icon={<SearchOutlined />} data-testid="search-submit" onClick={() => onSearch(box.text)}>
        {t('events.search')}
      </Button>
    </div>
  );
}

interface OffersProps {
  offers: readonly Offer[];
  chosen: number;
  onTake: (offer: Offer) => void;
}

function Offers({ offers, chosen, onTake }: OffersProps): ReactElement {
  return (
    <ul className="offers" id="search-offers" role="listbox">
      {offers.map((offer, index) => (
        <li
          key={offer.key}
          id={`offer-${index}`}
          role="option"
          aria-selected={index === chosen}
          // Before the input loses the focus, which would close the list.
          onMouseDown={(event) => {
            event.preventDefault();
            onTake(offer);
          }}
        >
          <code>{offer.label}</code>
          <small>{offer.hint}</small>
        </li>
      ))}
    </ul>
  );
}

/** Text, caret and the list below; a new search from elsewhere (a clicked value, the back button) replaces the text. */
function useSearchBox(
  asked: string,
  onSearch: (query: string) => void,
  input: RefObject<HTMLInputElement | null>,
  mirror: RefObject<HTMLDivElement | null>,
) {
  const [{ text, base }, setTyped] = useState({ text: asked, base: asked });
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  if (base !== asked) setTyped({ text: asked, base: asked });
  const offers = useOffers(text, caret, open);

  const follow = () => setCaret(input.current?.selectionStart ?? 0);
  const type = (edit: Edit) => {
    setTyped({ text: edit.text, base: asked });
    setCaret(edit.caret);
    setChosen(-1);
  };
  const take = (offer: Offer) => {
    type(offer.edit);
    setOpen(false);
    requestAnimationFrame(() => input.current?.setSelectionRange(offer.edit.caret, offer.edit.caret));
  };
  const submit = () => {
    setOpen(false);
    onSearch(text);
  };
  const move = (by: number) => {
    setOpen(true);
    setChosen(Math.max(-1, Math.min(offers.length - 1, chosen + by)));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const offer = offers[chosen];
    const first = offer ?? offers[0];
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => (offer ? take(offer) : submit()),
      Escape: () => (open ? setOpen(false) : input.current?.blur()),
      ...(first && { Tab: () => take(first) }),
    };
    const act = acts[event.key];
    if (!act || event.nativeEvent.isComposing) return;
    event.preventDefault();
    act();
  };
  const handlers = {
    value: text,
    onChange: () => {
      type({ text: input.current?.value ?? '', caret: input.current?.selectionStart ?? 0 });
      setOpen(true);
    },
    onKeyDown,
    onKeyUp: follow,
    onClick: follow,
    onFocus: () => setOpen(text === ''),
    onBlur: () => setOpen(false),
    onScroll: () => mirror.current?.scrollTo({ left: input.current?.scrollLeft ?? 0 }),
  };
  return { text, offers, chosen, take, handlers };
}

function useOffers(text: string, caret: number, open: boolean): Offer[] {
  const fields = useFields();
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    if (!open) return [];
    if (text === '') return recentQueries().map((query) => recent(query, t('events.recent')));
    const token = nameAt(text, caret);
    if (!token) return [];
    return complete(fields.values(), token.text).map((field) => ({
      key: field.name,
      label: field.name,
      hint: i18n.language === 'en' ? field.type : `${field.zh} · ${field.type}`,
      edit: accept(text, token, field.name),
    }));
  }, [fields, text, caret, open, t, i18n.language]);
}

function recent(query: string, hint: string): Offer {
  return { key: query, label: query, hint, edit: { text: query, caret: query.length } };
}
