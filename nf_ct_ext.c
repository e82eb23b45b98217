// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions: what only some entries need (a helper, counters, NAT, ...),
 * packed into one area that hangs off the entry.
 *
 *	struct nf_ct_ext | helper | seqadj | ... | free
 *	  offset[id] ------------->
 *
 * The area grows only while the entry is unconfirmed, that is, while the
 * packet that made it is its only user.  Confirmed entries are read without a
 * lock, so their area neither grows nor moves.
 *
 * Some extensions point to what may be unloaded: a helper, a timeout policy.
 * Unloading clears these pointers in every entry of the table, which leaves
 * the entries that are not there yet, waiting in a queue for a verdict.  They
 * carry the generation they were made in; a module that goes begins a new
 * one, and nothing finds the extensions of an older generation.  Confirmed
 * entries (generation 0) need no such check, the walk over the table reaches
 * them.  Neither do templates, whose owner holds references of its own.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <nf_ct/ext.h>

/* Every extension starts where anything may. */
#define SLOT_ALIGN	__alignof__(struct nf_ct_ext)
#define SLOT_SIZE(type)	ALIGN(sizeof(type), SLOT_ALIGN)

#define SLOT_SUM(id, type)	+ SLOT_SIZE(type)
#define SLOT_ONE(id, type)	+ 1
#define SLOT_ROW(id, type)						\
	[id] = SLOT_SIZE(type),

/*
 * Bytes of an area: what the usual two or three extensions need (counters, times
 * and events take 88, a size that kmalloc() has is 96), or what all of them need.
 */
enum {
	AREA_SMALL	= 96,
	AREA_FULL	= NF_CT_EXT_LIST(SLOT_SUM) + SLOT_SIZE(struct nf_ct_ext),
};

/* Offsets and the length are kept in a u8. */
static_assert(AREA_FULL <= U8_MAX);
/* An extension without a size would share its place with the next one. */
static_assert((NF_CT_EXT_LIST(SLOT_ONE)) == NF_CT_EXT_NUM);

static const u8 slot_size[NF_CT_EXT_NUM] = { NF_CT_EXT_LIST(SLOT_ROW) };

/* Not 0, which is the generation of what is always valid. */
atomic_t nf_conntrack_ext_genid __read_mostly = ATOMIC_INIT(1);

/* Is the area of the current generation, or of none? */
static bool is_current(const struct nf_ct_ext *ext)
{
	unsigned int gen_id = READ_ONCE(ext->gen_id);

	return !gen_id || gen_id == atomic_read(&nf_conntrack_ext_genid);
}

/**
 * __nf_ct_ext_find - find an extension that may be out of date
 * @ext: area of extensions
 * @id: an &enum nf_ct_ext_id
 *
 * The slow half of nf_ct_ext_find(), for entries not confirmed yet.
 *
 * Context: Any, under rcu_read_lock(): partner of nf_ct_ext_bump_genid().
 * Return: the extension, or NULL if there is none or if it was made before
 * the last nf_ct_ext_bump_genid() and so may point to something gone.
 */
void *__nf_ct_ext_find(const struct nf_ct_ext *ext, u8 id)
{
	if (!__nf_ct_ext_exist(ext, id) || !is_current(ext))
		return NULL;

	return (void *)ext + ext->offset[id];
}

/*
 * The helper's extension is the head of a list, whose first member points
 * back into the area.  Once it is there the area must not move, so it gets
 * all the room it may ever need.
 */
static unsigned int area_size(unsigned int len, bool has_helper)
{
	return has_helper || len > AREA_SMALL ? AREA_FULL : AREA_SMALL;
}

/* A new area holds nothing. */
static void area_init(struct nf_ct_ext *ext, const struct nf_conn *ct)
{
	memset(ext, 0, sizeof(*ext));
	ext->len = SLOT_SIZE(struct nf_ct_ext);
	if (!nf_ct_is_template(ct))
		ext->gen_id = atomic_read(&nf_conntrack_ext_genid);
}

/* Makes room for @len bytes; the area may move.  NULL leaves it as it was. */
static struct nf_ct_ext *area_grow(struct nf_conn *ct, unsigned int len,
				   bool has_helper, gfp_t gfp)
{
	struct nf_ct_ext *ext;

	ext = krealloc(ct->ext, area_size(len, has_helper), gfp);
	if (!ext)
		return NULL;

	if (!ct->ext)
		area_init(ext, ct);
	ct->ext = ext;

	return ext;
}

/**
 * nf_ct_ext_add - give an unconfirmed entry an extension
 * @ct: entry or template; nobody else may be using it
 * @id: which extension
 * @gfp: how to allocate
 *
 * Context: As @gfp allows.
 * Return: the extension, all zero; NULL if memory is short, if the entry has
 * this extension already, or if the entry is confirmed, which is a mistake of
 * the caller.
 */
void *nf_ct_ext_add(struct nf_conn *ct, enum nf_ct_ext_id id, gfp_t gfp)
{
	unsigned int offset = SLOT_SIZE(struct nf_ct_ext);
	struct nf_ct_ext *ext = ct->ext;
	bool has_helper = id == NF_CT_EXT_HELPER;

	if (ext) {
		if (__nf_ct_ext_exist(ext, id))
			return NULL;
		offset = ext->len;
		has_helper |= __nf_ct_ext_exist(ext, NF_CT_EXT_HELPER);
	}

	/* Templates are marked confirmed before their owner publishes them. */
	if (WARN_ON_ONCE(nf_ct_is_confirmed(ct) && !nf_ct_is_template(ct)))
		return NULL;

	ext = area_grow(ct, offset + slot_size[id], has_helper, gfp);
	if (!ext)
		return NULL;

	ext->offset[id] = offset;
	ext->len = offset + slot_size[id];

	return memset((void *)ext + offset, 0, slot_size[id]);
}

/**
 * nf_ct_ext_settle - make an entry's extensions valid for good
 * @ct: entry about to be inserted into the table
 *
 * From the insertion on, who unloads something finds the entry in the table
 * and clears its pointers, so that its extensions need no generation.
 *
 * Context: Any.  The insertion must follow in the same RCU read-side critical
 * section: partner of nf_ct_ext_bump_genid().
 * Return: false if the extensions are out of date; the entry must then not be
 * confirmed.
 */
bool nf_ct_ext_settle(struct nf_conn *ct)
{
	struct nf_ct_ext *ext = ct->ext;

	if (!ext)
		return true;
	if (!is_current(ext))
		return false;

	WRITE_ONCE(ext->gen_id, 0);
	return true;
}

/**
 * nf_ct_ext_bump_genid - put the extensions of unconfirmed entries out of date
 *
 * Description: Call it before clearing pointers in the entries of the table.
 * On return, every entry with extensions of an older generation is in the
 * table, or finds its extensions gone and is refused by nf_ct_ext_settle().
 *
 * Context: May sleep; waits for packets in flight.
 */
void nf_ct_ext_bump_genid(void)
{
	/* Full barrier; readers: __nf_ct_ext_find() and nf_ct_ext_settle(). */
	if (!atomic_inc_return(&nf_conntrack_ext_genid))
		atomic_inc(&nf_conntrack_ext_genid);

	synchronize_rcu();
}
