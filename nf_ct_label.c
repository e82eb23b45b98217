// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels: XT_CONNLABEL_MAXBIT + 1 bits that rules and user space set on an
 * entry.  New entries have room for them while somebody in the namespace has
 * asked for it.
 */
#include <linux/atomic.h>
#include <linux/spinlock.h>

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <nf_ct/compat.h>

#define LABEL_WORDS	(NF_CT_LABELS_MAX_SIZE / sizeof(u32))

/* Protects netns_ct.labels_used of every namespace; rules change rarely. */
static DEFINE_SPINLOCK(labels_used_lock);

/*
 * Clears the bits of @clear, then flips those of @flip, while others may be
 * changing the same word.  Tells whether that changed anything.
 */
static bool change_word(u32 *word, u32 clear, u32 flip)
{
	u32 old, new;

	do {
		old = READ_ONCE(*word);
		new = (old & ~clear) ^ flip;
		if (new == old)
			return false;
	} while (cmpxchg(word, old, new) != old);

	return true;
}

/**
 * nf_connlabels_replace - change an entry's labels
 * @ct: entry
 * @data: bits to set, or, where @mask is clear, to flip; 32 bits a word
 * @mask: bits to replace; NULL for all of them
 * @words: how many words there are in @data and @mask; any beyond the room an
 *	   entry has are ignored, and words that are not given are cleared
 *
 * Reports IPCT_LABEL if a given word has changed.
 *
 * Context: Any.
 * Return: 0, or -ENOSPC if the entry has no room for labels.
 */
int nf_connlabels_replace(struct nf_conn *ct, const u32 *data,
			  const u32 *mask, unsigned int words)
{
	struct nf_conn_labels *labels = nf_ct_labels_find(ct);
	bool changed = false;
	unsigned int i;
	u32 *word;

	if (!labels)
		return -ENOSPC;

	word = (u32 *)labels->bits;
	words = min_t(unsigned int, words, LABEL_WORDS);

	for (i = 0; i < words; i++)
		changed |= change_word(&word[i], mask ? mask[i] : ~0u, data[i]);
	for (; i < LABEL_WORDS; i++)
		change_word(&word[i], ~0u, 0);

	if (changed)
		nf_conntrack_event_cache(IPCT_LABEL, ct);

	return 0;
}

/**
 * nf_connlabels_get - have new entries of a namespace made with labels
 * @net: namespace
 * @bit: the highest bit that will be used
 *
 * Context: Process.
 * Return: 0, to be undone by nf_connlabels_put(), or -ERANGE if there is no
 * such bit.
 */
int nf_connlabels_get(struct net *net, unsigned int bit)
{
	if (bit > XT_CONNLABEL_MAXBIT)
		return -ERANGE;

	spin_lock(&labels_used_lock);
	nf_ct_labels_used_add(net, 1);
	spin_unlock(&labels_used_lock);

	return 0;
}

/**
 * nf_connlabels_put - undo one nf_connlabels_get()
 * @net: namespace
 *
 * Context: Process.
 */
void nf_connlabels_put(struct net *net)
{
	spin_lock(&labels_used_lock);
	nf_ct_labels_used_add(net, -1);
	spin_unlock(&labels_used_lock);
}
