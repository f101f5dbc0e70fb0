using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Validation of collections' and links' fields (api.md, Text).</summary>
public static class CollectionRules
{
    public static Error? Check(NewCollection command, out string name, out string? description, out Visibility visibility)
    {
        var fields = new RequestValidator();
        name = fields.Text("name", command.Name, 1, 100);
        description = fields.OptionalText("description", command.Description, 1000, multiline: true);
        visibility = Visibility.Private;
        if (command.Visibility is not null)
            visibility = ParseVisibility(fields, command.Visibility);
        return fields.AreValid ? null : fields.Error;
    }

    /// <summary>Applies the patch to the head. The caller checks that the cover is one of the items.</summary>
    public static Error? Apply(CollectionPatch patch, ref CollectionHead head)
    {
        var fields = new RequestValidator();
        if (patch.Name.IsSet)
            head = head with { Name = fields.Text("name", patch.Name.Value, 1, 100) };
        if (patch.Description.IsSet)
            head = head with { Description = fields.OptionalText("description", patch.Description.Value, 1000, multiline: true) };
        if (patch.Visibility.IsSet)
            head = head with { Visibility = ParseVisibility(fields, patch.Visibility.Value) };
        if (patch.AllowCopies.IsSet)
        {
            if (patch.AllowCopies.Value is null)
                fields.Refuse("allowCopies", "true or false is expected.");
            head = head with { AllowCopies = patch.AllowCopies.Value ?? head.AllowCopies };
        }

        if (patch.CoverGifId.IsSet)
            head = head with { CoverGif = patch.CoverGifId.Value };
        return fields.AreValid ? null : fields.Error;
    }

    /// <summary>Validates a patch before the collection is looked up.</summary>
    public static Error? Check(CollectionPatch patch)
    {
        var nothing = new CollectionHead(default, default, "", null, default, null, 0, default, default, null, 0, true);
        return Apply(patch, ref nothing);
    }

    public static Error? Check(NewLink command, DateTimeOffset now, out string? label)
    {
        var fields = new RequestValidator();
        label = fields.OptionalText("label", command.Label, 80);
        CheckPassword(fields, command.Password);
        CheckExpiry(fields, command.ExpiresAt, now);
        CheckMaxViews(fields, command.MaxViews);
        return fields.AreValid ? null : fields.Error;
    }

    public static Error? Check(LinkPatch patch, DateTimeOffset now, out string? label)
    {
        var fields = new RequestValidator();
        label = fields.OptionalText("label", patch.Label.Value, 80);
        CheckPassword(fields, patch.Password.Value);
        CheckExpiry(fields, patch.ExpiresAt.Value, now);
        CheckMaxViews(fields, patch.MaxViews.Value);
        return fields.AreValid ? null : fields.Error;
    }

    private static Visibility ParseVisibility(RequestValidator fields, string? text)
    {
        if (!Visibilities.TryParse(text, out var visibility))
            fields.Refuse("visibility", "One of these is expected: private, shared, public.");
        return visibility;
    }

    private static void CheckPassword(RequestValidator fields, string? password)
    {
        if (password is not null && (RequestValidator.CodePoints(password) is < 4 or > 128 || password.Any(char.IsControl)))
            fields.Refuse("password", "It must have 4 to 128 characters.");
    }

    private static void CheckExpiry(RequestValidator fields, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        if (expiresAt <= now || expiresAt > now.AddYears(10))
            fields.Refuse("expiresAt", "It must be in the future and within 10 years.");
    }

    private static void CheckMaxViews(RequestValidator fields, long? maxViews)
    {
        if (maxViews is < 1 or > 1_000_000_000)
            fields.Refuse("maxViews", "It must be a number from 1 to 1000000000.");
    }
}
