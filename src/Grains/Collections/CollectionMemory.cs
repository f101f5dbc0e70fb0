namespace GifShare.Grains.Collections;

/// <summary>
/// What an activation holds of a collection's rows. The grain lets one edit at a time change it, after the rows are committed; reads see it
/// between edits. <see cref="Revision"/> names the state: it rises with every change of it but likes and views.
/// </summary>
/// <param name="id">Of the collection, which need not exist.</param>
/// <param name="cards">Rises when a text of others inside its pages changes; belongs to this activation.</param>
public sealed class CollectionMemory(CollectionId id, CardVersion cards)
{
    public CollectionId Id => id;
    public CardVersion Cards => cards;

    /// <summary>Null: there is no such collection.</summary>
    public CollectionHead? Head { get; private set; }

    public OwnerRow? Owner { get; set; }
    public ItemIndex Items { get; private set; } = ItemIndex.Empty;
    public Dictionary<string, Link> Links { get; private set; } = [];
    public Counters Counters { get; } = new();
    public long Revision { get; private set; }

    public PageState Pages { get; } = new();

    public bool IsOwnerDeleted => Owner is { IsDeleted: true };

    /// <summary>Null: this caller may read it.</summary>
    public Error? RefuseRead(UserId? caller) => Access.Read(Head, IsOwnerDeleted, caller);

    /// <summary>Null: this caller may edit it.</summary>
    public Error? RefuseEdit(UserId caller) => Access.Edit(Head, IsOwnerDeleted, caller);

    /// <summary>A collection never changes its owner, so a stranger is one whatever else this memory does not know.</summary>
    public bool IsStranger(UserId caller) => Head is { Owner: var owner } && owner != caller;

    public Link? LinkOf(string tokenHash) => Links.GetValueOrDefault(tokenHash);

    public Link? LinkOf(LinkId link)
    {
        foreach (var known in Links.Values)
            if (known.Id == link)
                return known;
        return null;
    }

    /// <summary>After the rows of an edit are committed: the next state, one revision on.</summary>
    public void Edited(CollectionHead head, ItemIndex? items = null)
    {
        (Head, Items) = (head, items ?? Items);
        Revision++;
    }

    /// <summary>After appends are committed: those that were written are the last items, and each made a version.</summary>
    public void Appended(AppendGroup group)
    {
        foreach (var item in group.Items)
            if (group.Written.TryGetValue(item.Gif, out var written))
                Items.Append(item.Gif, item.Position, written.IsAvailable);
        Edited(Head! with { Version = group.OnVersion + group.Written.Count, UpdatedAt = group.At });
    }

    /// <summary>After a change of links is committed.</summary>
    public void LinksEdited() => Revision++;

    /// <summary>After a collection's first rows are committed.</summary>
    public void Created(CollectionHead head, OwnerRow owner, ItemIndex items, long revision) => (Head, Owner, Items, Revision) = (head, owner, items, revision);

    /// <summary>The rows as they were read. Views and guesses that only memory knows stay.</summary>
    /// <param name="loaded">Null: there are none.</param>
    /// <param name="cardsAsOf">Of <see cref="Cards"/> before they were read.</param>
    public void Loaded(LoadedCollection? loaded, long cardsAsOf)
    {
        if (loaded is null)
        {
            (Head, Items, Links, Revision) = (null, ItemIndex.Empty, [], 0);
            return;
        }

        var known = Links;
        Links = loaded.Links.ToDictionary(link => link.TokenHash);
        foreach (var link in Links.Values)
            if (known.TryGetValue(link.TokenHash, out var old))
                link.Keep(old);
        (Head, Owner, Items, Revision) = (loaded.Head, loaded.Owner, loaded.Items, loaded.Revision);
        (Counters.Views, Counters.Likes) = (Math.Max(Counters.Views, loaded.Views), loaded.Likes);
        Pages.OwnerAsOf = cardsAsOf;
    }
}
