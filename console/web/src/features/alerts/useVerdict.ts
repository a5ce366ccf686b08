import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';

import { answer, api, type AlertGroup, type AlertStory, type Verdict } from '../../api/client';
import type { Filter } from './queue';
import { mergeGroup } from './useQueue';

/** What can be done to a group. */
export type Judgement =
  | { kind: 'verdict'; verdict: Verdict; reason: string }
  | { kind: 'undo' }
  | { kind: 'assign'; account: string };

interface Change {
  group: AlertGroup;
  judgement: Judgement;
}

export interface Judge {
  judge: (group: AlertGroup, judgement: Judgement) => Promise<AlertGroup>;
  busy: boolean;
}

/** Shows the change at once; the answer, or the truth read again after a refusal, replaces it. */
export function useVerdict(filter: Filter): Judge {
  const cache = useQueryClient();
  const { mutateAsync, isPending } = useMutation({
    mutationFn: send,
    onMutate: ({ group, judgement }) => put(cache, filter, expected(group, judgement)),
    onSuccess: (group) => {
      put(cache, filter, group);
      void cache.invalidateQueries({ queryKey: ['story', group.group] });
      void cache.invalidateQueries({ queryKey: ['counters'] });
    },
    onError: (_error, { group }) => {
      void cache.invalidateQueries({ queryKey: ['alerts'] });
      void cache.invalidateQueries({ queryKey: ['story', group.group] });
    },
  });
  return { judge: (group, judgement) => mutateAsync({ group, judgement }), busy: isPending };
}

function send({ group: { group, version }, judgement }: Change): Promise<AlertGroup> {
  const params = { path: { group } };
  if (judgement.kind === 'undo') return answer(api.POST('/api/v1/alerts/{group}/undo', { params, body: { version } }));
  if (judgement.kind === 'assign') {
    const body = { account: judgement.account, version };
    return answer(api.POST('/api/v1/alerts/{group}/assignee', { params, body }));
  }
  const { verdict, reason } = judgement;
  return answer(api.POST('/api/v1/alerts/{group}/verdict', { params, body: { verdict, reason, version } }));
}

/** What an undo brings back only the server knows. */
function expected(group: AlertGroup, judgement: Judgement): AlertGroup {
  if (judgement.kind === 'undo') return group;
  if (judgement.kind === 'assign') return { ...group, assignee: judgement.account };
  const { verdict, reason } = judgement;
  return { ...group, status: verdict, verdict, reason };
}

function put(cache: QueryClient, filter: Filter, group: AlertGroup): void {
  mergeGroup(cache, filter, group);
  cache.setQueryData<AlertStory>(['story', group.group], (story) => story && { ...story, group });
}
