namespace GifShare.Grains.Collections;

/// <summary>
/// An activation's in-memory copy of a collection's rows. One edit at a time changes it, after the rows are committed; reads see it between edits.
/// <see cref="Revision"/> identifies the state: every change raises it, except likes and views.
/// </summary>
/// <param name="id">The collection's id; the collection need not exist.</param>
/// <param name="cards">This activation's card version: rises when a gif's text or the owner's name in its pages changes.</param>
public sealed class CollectionMemory(CollectionId id, CardVersion cards)
{
    public CollectionId Id => id;
    public CardVersion Cards => cards;

    /// <summary>Null when there is no such collection.</summary>
    public CollectionHead? Head { get; private set; }

    public OwnerRow? Owner { get; set; }
    public ItemIndex Items { get; private set; } = ItemIndex.Empty;
    public Dictionary<string, Link> Links { get; private set; } = [];
    public Counters Counters { get; } = new();
    public long Revision { get; private set; }

    public PageState Pages { get; } = new();

    public bool IsOwnerDeleted => Owner is { IsDeleted: true };

    /// <summary>Null when this caller may read the collection.</summary>
    public Error? RefuseRead(UserId? caller) => Access.Read(Head, IsOwnerDeleted, caller);

    /// <summary>Null when this caller may edit the collection.</summary>
    public Error? RefuseEdit(UserId caller) => Access.Edit(Head, IsOwnerDeleted, caller);

    /// <summary>Whether the caller is not the owner. True stays true even while memory is uncertain, because the owner never changes.</summary>
    public bool IsStranger(UserId caller) => Head is { Owner: var owner } && owner != caller;

    public Link? LinkOf(string tokenHash) => Links.GetValueOrDefault(tokenHash);

    public Link? LinkOf(LinkId link)
    {
        foreach (var known in Links.Values)
            if (known.Id == link)
                return known;
        return null;
    }

    /// <summary>Applies a committed edit: the next state, one revision higher.</summary>
    public void Edited(CollectionHead head, ItemIndex? items = null)
    {
        (Head, Items) = (head, items ?? Items);
        Revision++;
    }

    /// <summary>Applies committed appends: the written items come last, and each raised the version by one.</summary>
    public void Appended(AppendGroup group)
    {
        foreach (var item in group.Items)
            if (group.Written.TryGetValue(item.Gif, out var written))
                Items.Append(item.Gif, item.Position, written.IsAvailable);
        Edited(Head! with { Version = group.OnVersion + group.Written.Count, UpdatedAt = group.At });
    }

    /// <summary>Applies a committed change of links.</summary>
    public void LinksEdited() => Revision++;

    /// <summary>Applies the committed first rows of a collection.</summary>
    public void Created(CollectionHead head, OwnerRow owner, ItemIndex items, long revision) => (Head, Owner, Items, Revision) = (head, owner, items, revision);

    /// <summary>Replaces memory by the rows as read. View counts and password throttles, which only memory has, are kept.</summary>
    /// <param name="loaded">Null: the collection does not exist.</param>
    /// <param name="cardsAsOf">The value of <see cref="Cards"/> before the rows were read.</param>
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
