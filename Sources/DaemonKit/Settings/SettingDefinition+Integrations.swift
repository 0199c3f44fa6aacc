extension SettingDefinition {
    /// Where files may be taken from.
    public static let integrations: [SettingDefinition] = [
        .init(
            "ENABLE_GOOGLE_DRIVE_INTEGRATION", "false", .boolean, "Files may be taken from Google Drive",
            persistedAt: "google_drive.enable"),
        .init("GOOGLE_DRIVE_CLIENT_ID", "", .text, "Client at Google", persistedAt: "google_drive.client_id"),
        .init("GOOGLE_DRIVE_API_KEY", "", .text, "API key there", isSecret: true, persistedAt: "google_drive.api_key"),
        .init(
            "ENABLE_ONEDRIVE_INTEGRATION", "false", .boolean, "Files may be taken from OneDrive",
            persistedAt: "onedrive.enable"),
        .init("ONEDRIVE_SHAREPOINT_URL", "", .text, "Address of SharePoint", persistedAt: "onedrive.sharepoint_url"),
        .init(
            "ONEDRIVE_SHAREPOINT_TENANT_ID", "", .text, "Directory of SharePoint at Microsoft",
            persistedAt: "onedrive.sharepoint_tenant_id"),
    ]
}
